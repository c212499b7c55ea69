"""Listeners and their rules: where requests go. Pure."""

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from greenlight.review.plan import Action, Change
from greenlight.review.rules.row import Case, Kind, Row, at, blocked, each, refused, release, safe, traffic
from greenlight.review.world import LISTENERS, RULES, shares

_GAP = "Until it is there again requests are refused"


def _action(change: Change) -> str:
    return "default_action" if change.type in LISTENERS else "action"


def _what(case: Case) -> str:
    role = case.world.role_of(case.change)
    kind = "listener" if case.change.type in LISTENERS else "rule"
    return f"the {role} {kind}" if role else f"the {kind}"


def _now(case: Case) -> Mapping[str, int]:
    """Target group -> weight, where the traffic is.

    After a weighted release the provider may read a listener as one that names no group; the service names it.
    """
    return shares(case.change.before, _action(case.change), case.world.group_names) or _by_service(case)


def _then(case: Case) -> Mapping[str, int]:
    return shares(case.change.after, _action(case.change), case.world.group_names)


def _said(parts: Mapping[str, int]) -> str:
    whole = sum(parts.values())
    return " and ".join(
        name if len(parts) == 1 else f"{round(100 * part / whole)} % to {name}" for name, part in parts.items()
    )


def _replaced(case: Case) -> Row:
    """A new listener or rule forwards to the configured group: what is ignored has no effect on a creation."""
    what = _what(case)
    now, then = _now(case), _then(case)
    instead = (
        "Take the cause of the replacement back. If it has to be, set the configuration to the group that is live "
        "before (services.SERVICE.live in Greenlight's settings), and do it when nobody is served."
        if case.world.pair_of(case.change)
        else "Take the cause of the replacement back, or make the new one beside the old one first."
    )
    if case.world.role_of(case.change) == "test":
        return blocked(
            f"Deleting and making {what} anew leaves CodeDeploy's deployment group with a listener that is gone, and "
            "a release in flight without test traffic: it fails.",
            instead,
        )
    if now and then and set(now) != set(then):
        return blocked(
            f"{_GAP}, and then production goes from {_said(now)}, which is live, to {_said(then)}: nothing runs "
            "there until a release, so that every request is answered 503.",
            instead,
        )
    if now and then:
        return blocked(f"{_GAP}; the new one forwards to {_said(then)}, which is live.", instead)
    return blocked(
        f"{_GAP}; the plan does not tell which target group {what} forwards to now, so that the new one may forward "
        "to the one where nothing runs.",
        instead,
    )


def _by_service(case: Case) -> Mapping[str, int]:
    """The group in which the service's live tasks are, as its own load balancer block says."""
    pair = case.world.pair_of(case.change)
    for service in case.world.plan.of_type("aws_ecs_service"):
        if pair and service.before and service.before.get("name") == pair.service:
            arn = at(service.before, "load_balancer.target_group_arn")
            if arn in case.world.group_names:
                return {case.world.group_names[arn]: 100}
    return {}


def _moved(case: Case) -> Row:
    """The action itself changes: of what CodeDeploy moves, or of what nobody but Terraform does."""
    what, now, then = _what(case), _now(case), _then(case)
    role, pair = case.world.role_of(case.change), case.world.pair_of(case.change)
    ignore = (
        f"Put {_action(case.change)} into the listener's ignore_changes: CodeDeploy owns it."
        if case.change.type in LISTENERS
        else "Put action into the rule's ignore_changes: CodeDeploy owns it."
    )
    if role == "test":
        return release(
            f"The apply moves {what} {_from_to(now, then)}: the next candidate is hidden from the hook, or a release "
            "in flight proves the version that is live already.",
            ignore,
        )
    if pair and now and set(now) == set(then):
        return release(
            f"The apply sets {what} to {_said(then)}, which is live, so that nothing moves now; in the middle of a "
            "release it would take the traffic back.",
            ignore,
        )
    if pair:
        return blocked(
            f"The apply moves all production traffic {_from_to(now, then)} at once, without hook and without steps, in "
            "the middle of a release too; where no task runs in it, every request is answered 503.",
            ignore,
        )
    if set(now) == set(then) and now:
        return traffic(
            f"The apply changes how requests are split: {_said(now)} before, {_said(then)} after.",
            "Check that the group that gets more has the tasks for it.",
        )
    return traffic(
        f"At once {what} sends requests {_from_to(now, then)}; if nothing healthy is there, they are answered 503.",
        "Check that the targets of the new action are healthy before the apply.",
    )


def _from_to(now: Mapping[str, int], then: Mapping[str, int]) -> str:
    before = f"from {_said(now)} " if now else ""
    return f"{before}to {_said(then)}" if then else f"{before}elsewhere"


def _rule_goes(case: Case) -> Row:
    arn = at(case.change.before, "listener_arn")
    for listener in case.world.plan.of_type(*LISTENERS):
        if at(listener.before, "arn") == arn and at(listener.after, "default_action.type") == "fixed-response":
            status = at(listener.after, "default_action.fixed_response.status_code")
            return blocked(
                f"The requests that it matched are answered {status} at once, by the listener's default action.",
                "Move the clients first; delete it when the access log shows none of these requests.",
            )
    return traffic(
        "The requests that it matched go to the listener's default action at once.",
        "Check what the default action does with them.",
    )


def _rule_made(case: Case) -> Row:
    """On a listener that serves already, it takes its requests from the first moment on."""
    arn = at(case.change.after, "listener_arn")
    listener = next((one for one in case.world.plan.of_type(*LISTENERS) if arn and at(one.before, "arn") == arn), None)
    if listener is None:
        return safe("Its listener is new too.")
    if case.world.pair_of(listener):
        return traffic(
            f"Its requests go to {_said(_then(case)) or 'where its action says'} at once, whichever colour is live: "
            "CodeDeploy moves the listener's rules only if they forward to the pair.",
            "Forward to the group that is live, and put action into the rule's ignore_changes.",
        )
    return safe("New requests match it: check its priority against the other rules.")


def _neighbours(case: Case) -> list[Change]:
    """The other rules of the listener that stay."""
    return [
        one
        for one in case.world.plan.of_type(*RULES)
        if one is not case.change
        and one.action is not Action.DELETE
        and at(one.before, "listener_arn") == at(case.change.before, "listener_arn")
    ]


def _priority(case: Case) -> Row:
    wanted = at(case.change.after, "priority")
    holder = next((one for one in _neighbours(case) if at(one.before, "priority") == wanted), None)
    if holder is not None:
        return refused(
            f"{holder.address} has priority {wanted} at that moment, and AWS takes one rule of a priority "
            "(PriorityInUse): the apply ends half-way.",
            "Two steps: go over a priority that none has.",
        )
    return traffic(
        "Other requests match from now on: paths or hosts may go to other targets at once.",
        "Check the listener's other rules for the paths and hosts of this one.",
    )


def _condition(case: Case) -> Row:
    """One more value takes requests away from nobody where no other rule of the listener could match it."""
    before, after = (
        [_values(block) for block in _conditions(side)] for side in (case.change.before, case.change.after)
    )
    fields = {field for side in (before, after) for block in side for field in block}
    if len(fields) == len(before) == len(after) == 1:
        (field,) = fields
        old, new = before[0].get(field, set()), after[0].get(field, set())
        others = {
            value
            for one in _neighbours(case)
            for block in _conditions(one.after)
            for value in _values(block).get(field, ())
        }
        if old <= new and not any(fnmatch(a, b) or fnmatch(b, a) for a in new - old for b in others):
            return safe("It takes requests that none of the listener's other rules took.")
    return traffic(
        "Other requests match from now on: paths or hosts may go to other targets at once.",
        "Check the listener's other rules for the paths and hosts that change.",
    )


def _conditions(rule: Any) -> list[Any]:
    return list((rule or {}).get("condition") or ()) if isinstance(rule, dict) else []


def _values(block: Any) -> dict[str, set[str]]:
    """Field -> its values, of a condition's block."""
    found = {}
    for field, content in block.items() if isinstance(block, dict) else ():
        for one in content if isinstance(content, list) else ():
            if isinstance(one, dict) and one.get("values"):
                found[str(field)] = {str(value) for value in one["values"]}
    return found


_LISTENER = Kind(
    what="the listener",
    replaced=_replaced,
    deleted=lambda case: blocked(
        f"{_what(case).capitalize()} goes: connections to its port are refused.", "Move its traffic elsewhere first."
    ),
    arguments={
        "port": lambda case: traffic(
            f"The old port of {_what(case)} closes at once, while security group rules and whoever calls it "
            "change in other calls: requests fail for some seconds"
            + (", and a release in flight fails its hook." if case.world.role_of(case.change) == "test" else "."),
            "Apply it when few are served and no release is in flight, or keep the port: clients never see it.",
        ),
        **each(
            "protocol certificate_arn ssl_policy mutual_authentication alpn_policy",
            traffic(
                "Whoever calls this listener, API Gateway and the hook among them, goes on with the old protocol or "
                "trust until it is changed too: requests fail.",
                "Change both ends together, or add a second listener and move the callers first.",
            ),
        ),
        "default_action": _moved,
        "tcp_idle_timeout_seconds": traffic("Idle connections are closed at another time."),
    },
)
_RULE = Kind(
    what="the listener rule",
    replaced=_replaced,
    deleted=_rule_goes,
    arguments={"action": _moved, "priority": _priority, "condition": _condition},
    created=_rule_made,
)

KINDS: dict[str, Kind] = {
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_rule": _RULE,
    "aws_alb_listener_rule": _RULE,
}
