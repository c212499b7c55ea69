"""The load balancer, its listeners and their rules, and the target groups. Pure."""

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from greenlight.review.plan import Action, Change
from greenlight.review.rules.row import (
    SAFE,
    Case,
    Kind,
    Row,
    at,
    becomes,
    blocked,
    each,
    refused,
    release,
    safe,
    traffic,
)
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


def _group_goes(case: Case) -> Row:
    """A listener that forwards to it holds it, though it may be a no-op in the plan."""
    name = (case.change.before or {}).get("name", "the target group")
    holders = case.world.listens_on(case.change)
    made_first = case.change.actions == ("create", "delete")
    instead = (
        "Take the change back. Two steps to another group: make a second service or group beside it and move the "
        "traffic there; then take this one away."
    )
    if made_first and at(case.change.after, "name") == name:
        return refused(
            f"The new group is to be made first and has the same name, {name}: AWS refuses it "
            "(DuplicateTargetGroupName), and the rest of the apply is left undone. Traffic stays where it is.",
            instead,
        )
    if made_first and case.world.pair_of(case.change):
        return blocked(
            f"A new, empty group comes first, CodeDeploy is told of it and no listener knows it: the next release "
            f"fails, and the old group {name} cannot be deleted while a listener forwards to it.",
            instead,
        )
    if made_first and holders and all(one.action is Action.UPDATE for one in holders):
        return traffic(
            f"The listeners move to a new group that is empty until tasks are registered in it: requests are answered "
            f"503 meanwhile. {name} goes afterwards.",
            "Make the new group beside the old one, register tasks in it, then move the listeners.",
        )
    if holders:
        said = ", ".join(one.address for one in holders)
        return refused(
            f"AWS refuses to delete {name} (ResourceInUse) because {said} still forwards to it; Terraform tries for "
            "minutes, then the apply ends half-way and the rest is left undone. Traffic stays where it is.",
            instead,
        )
    if case.change.action is Action.REPLACE and case.world.pair_of(case.change):
        return blocked(
            f"{name} is one of the two groups that CodeDeploy moves traffic between: until it is there again no "
            "release is possible, and if it is the live one, every request is answered 503.",
            instead,
        )
    if case.change.action is Action.REPLACE:
        return blocked(
            f"{name} is deleted with all that is registered in it: whatever forwards to it answers 503 until the new "
            "group has healthy targets.",
            "Make the new group beside the old one, under another name, and move the traffic before the old one goes.",
        )
    return traffic(f"{name} goes; no listener of this plan forwards to it.", "Check that no other stack's does.")


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


def _delay(case: Case) -> Row:
    before, after = (float(at(side, "deregistration_delay") or 0) for side in (case.change.before, case.change.after))
    if after > before:
        return safe("Old tasks have longer to finish their requests.")
    return traffic(
        f"Old tasks have {after:g} seconds to finish their requests, {before:g} before: what takes longer is cut off.",
        "Compare it with the slowest requests.",
    )


def _health_check(case: Case) -> Row:
    check = at(case.change.after, "health_check") or [{}]
    check = check[0] if isinstance(check, list) and check else {}
    interval, threshold = check.get("interval"), check.get("unhealthy_threshold")
    within = (
        f"within {interval * threshold} seconds"
        if interval and threshold
        else "within its interval times its threshold"
    )
    return traffic(
        f"The tasks that run now are judged by the new health check {within}: if the live version does not pass it, "
        "they are taken out and replaced again and again.",
        "First release a version that passes both the old check and the new one; then change the check.",
    )


def _zones(case: Case) -> Row:
    if set(at(case.change.before, "subnets") or ()) <= set(at(case.change.after, "subnets") or ()):
        return safe("One more zone takes requests; none is left out.")
    return traffic(
        "A zone that is left out gets no requests from now on, and the tasks in it serve none; AWS refuses fewer than "
        "two zones.",
        "Have enough tasks in the zones that stay; release afterwards, so that tasks move.",
    )


_LIGHT = "Some requests are treated differently from now on, for every version that runs"
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
        "tcp_idle_timeout_seconds": traffic(f"{_LIGHT}: idle connections are closed at another time."),
    },
)
_RULE = Kind(
    what="the listener rule",
    replaced=_replaced,
    deleted=_rule_goes,
    arguments={"action": _moved, "priority": _priority, "condition": _condition},
    created=safe("New requests may match it: check its priority against the other rules."),
)
_GROUP = Kind(
    what="the target group",
    replaced=_group_goes,
    deleted=_group_goes,
    arguments={
        "health_check": _health_check,
        "deregistration_delay": _delay,
        **each(
            "slow_start stickiness load_balancing_algorithm_type connection_termination "
            "load_balancing_anomaly_mitigation load_balancing_cross_zone_enabled",
            traffic("How requests are spread over tasks changes now."),
        ),
        **each(
            "preserve_client_ip proxy_protocol_v2 target_failover target_group_health target_health_state "
            "lambda_multi_value_headers_enabled",
            traffic(f"{_LIGHT}: what the targets see, or when the load balancer gives up on them."),
        ),
    },
)

KINDS: dict[str, Kind] = {
    "aws_lb": Kind(
        what="the load balancer",
        replaced=lambda case: blocked(
            "Every service behind it loses its entry for minutes; all listeners go with it and come back "
            + (
                "on the configured target group, whichever is live."
                if case.world.has_codedeploy
                else "with it, under another DNS name."
            ),
            "Take the change back, or build a second load balancer and move the clients there first.",
        ),
        deleted=blocked("Every service behind it loses its entry.", "Move the traffic elsewhere first."),
        arguments={
            "subnets": _zones,
            "subnet_mapping": traffic(
                "The zones, or the addresses in them, change at once: what they no longer cover gets no requests."
            ),
            "security_groups": traffic(
                "If the new group is not let in where the old one was, requests time out, and every task of both "
                "colours turns unhealthy.",
                "Let the new group in first, in an apply of its own; take the old one away last.",
            ),
            "enable_deletion_protection": becomes(
                "enable_deletion_protection",
                False,
                traffic(
                    "Nothing happens now; from now on AWS no longer refuses to delete the load balancer.",
                    "Keep the protection unless the load balancer is meant to go.",
                ),
            ),
            **each(
                "idle_timeout client_keep_alive desync_mitigation_mode drop_invalid_header_fields enable_http2 "
                "ip_address_type preserve_host_header enable_xff_client_port xff_header_processing_mode "
                "enable_tls_version_and_cipher_suite_headers enable_waf_fail_open enable_cross_zone_load_balancing "
                "enforce_security_group_inbound_rules_on_private_link_traffic dns_record_client_routing_policy",
                traffic(f"{_LIGHT}: some may be cut, refused or look different to the service."),
            ),
            **each("access_logs connection_logs enable_zonal_shift minimum_load_balancer_capacity ipam_pools", SAFE),
        },
    ),
    "aws_lb_listener": _LISTENER,
    "aws_lb_listener_rule": _RULE,
    "aws_lb_target_group": _GROUP,
    "aws_lb_target_group_attachment": Kind(
        what="the target's registration",
        replaced=traffic("The target is taken out and put in again: it serves nothing until it is healthy."),
        deleted=traffic("The target gets no requests any longer.", "Check that others are healthy in its group."),
    ),
    "aws_lb_listener_certificate": Kind(
        what="the listener's certificate",
        replaced=traffic("Clients of that host name see another certificate, or an error, until it is there again."),
        deleted=traffic("Clients of its host names get the default certificate, which they refuse."),
    ),
}
KINDS |= {kind.replace("aws_lb", "aws_alb"): row for kind, row in KINDS.items()}
