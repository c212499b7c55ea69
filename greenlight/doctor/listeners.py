"""Whether production and the test listener lead where CodeDeploy left them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from greenlight import listener_rules
from greenlight.deployment import Deployment
from greenlight.doctor.facts import Facts
from greenlight.doctor.finding import Finding
from greenlight.doctor.repairs import Forward
from greenlight.manifest import TargetGroup

# https://tech.dentsusoken.com/entry/2024/07/22/ (AWS CodeDeployで「Primary taskset target group must be behind
# listener」…): what CodeDeploy says, and that neither another try nor a new deployment of ECS's helps.
_DEAD_END = (
    'and every release fails with "Primary taskset target group must be behind listener", however often it is tried'
)


def reverted_listener(facts: Facts) -> Iterator[Finding]:
    """Terraform, or somebody, made a listener or rule anew: it leads to the group that it was first made with."""
    live = facts.live_group
    if live is None or not facts.settled:
        return
    listener = facts.manifest.load_balancer.prod_listener
    # A release that failed in mid-shift left it a part, and a rollback repairs that; where it left none, none begins.
    if facts.left and any(_parts(facts, rule).get(live.name) for rule in _ours(facts, listener)):
        return
    for rule in _ours(facts, listener):
        parts = _parts(facts, rule)
        if parts.get(live.name) == 100:
            continue
        forward = Forward(rule=rule, listener=listener, to=live, unless_healthy=True)
        gets = parts.get(live.name, 0)
        found = Finding(
            what=f"{_named(rule)} of the prod listener sends {_said(parts)}, and the live tasks are in {live.name}",
            effect=f"{100 - gets} % of these requests reach no live task, {_DEAD_END}",
            repair=forward.command(facts.options),
            fix=forward,
        )
        if facts.failed and facts.failed.undoes and not facts.left:
            yield _rolled_back_in_part(facts.failed, found)
        elif parts.keys() - {one.name for one in facts.pair}:
            yield replace(found, fix=None)  # groups of somebody's own: what they are to get is not known here
        elif _may_take(facts, live):
            yield found
        else:
            health = (
                f"no target of {live.name} is known to be healthy: {facts.command('status')} says more; once one is"
            )
            yield replace(found, repair=f"{health}, {facts.command('doctor', '--fix')}", fix=None)


def _rolled_back_in_part(rollback: Deployment, found: Finding) -> Finding:
    """What ECS calls live is the version that failed: nobody but a person gives it production."""
    return replace(
        found,
        effect="these requests are answered by the version before, if its tasks are still there, while ECS calls the "
        f"one live that failed: rollback {rollback.id} gave production back, and failed before it told ECS, "
        f"{_DEAD_END}",
        repair="give CodeDeploy's role what its error says it lacks, and look whether what ECS calls live can have "
        f"production for as long as a release takes; if it can, {found.repair}, then deploy the version before",
        fix=None,
    )


def prod_listener_elsewhere(facts: Facts) -> Iterator[Finding]:
    """Perhaps on purpose, such as for a page that says that the service is closed."""
    yield from _elsewhere(
        facts,
        facts.manifest.load_balancer.prod_listener,
        "prod",
        f"no request reaches the service, {_DEAD_END}",
        fixable=False,
    )


def test_listener_elsewhere(facts: Facts) -> Iterator[Finding]:
    yield from _elsewhere(
        facts,
        facts.manifest.load_balancer.test_listener,
        "test",
        "the next release's hook may ask something else than the candidate, and refuse it",
        fixable=True,
    )


def live_outside_pair(facts: Facts) -> Iterator[Finding]:
    group = facts.live.target_group if facts.live else None
    if group and facts.live_group is None:
        names = " and ".join(one.name for one in facts.pair)
        yield Finding(
            what=f"the live tasks are in target group {group}, and releases move traffic between {names}",
            effect="every release fails before it begins: CodeDeploy wants the live tasks in one of the two",
            repair="the release manifest is of other target groups than the service: deploy the stack again; if that "
            "changes nothing, the service has to be made anew, which is an outage: docs/changes.md",
        )


def no_healthy_target(facts: Facts) -> Iterator[Finding]:
    live = facts.live_group
    states = facts.targets.get(live.arn) if live else None
    if live is None or states is None or facts.live is None or not facts.live.desired:
        return
    if not states.get("healthy") and states.keys() - {"unused"}:
        said = ", ".join(f"{count} {state}" for state, count in states.items())
        yield _unhealthy(facts, live.name, said)
    elif not states:
        yield _unhealthy(facts, live.name, "no task is registered")


def left_in_mid_shift(facts: Facts) -> Iterator[Finding]:
    if facts.left:
        yield Finding(
            what=f"{facts.left.id} failed in mid-shift, and nothing has undone it",
            effect="its candidate still has a part of production",
            repair=f"{facts.command('rollback')} gives the live version all of the traffic",
        )


def _unhealthy(facts: Facts, group: str, said: str) -> Finding:
    return Finding(
        what=f"the live version has no healthy target in {group}: {said}",
        effect="requests fail, or are answered by tasks that fail their health check",
        repair=f"{facts.command('status')} and the tasks' log say more; {facts.command('rollback')} releases the "
        "version before",
    )


def _ours(facts: Facts, listener: str) -> list[Mapping[str, Any]]:
    """The rules that forward to one of the pair."""
    return [rule for rule in facts.rules.get(listener, ()) if _parts(facts, rule).keys() & {g.name for g in facts.pair}]


def _parts(facts: Facts, rule: Mapping[str, Any]) -> dict[str, int]:
    return listener_rules.weights(rule["Actions"], {group.arn: group.name for group in facts.pair})


def _named(rule: Mapping[str, Any]) -> str:
    return "the default rule" if rule["IsDefault"] else f"rule {rule['Priority']}"


def _said(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{part} % to {group}" for group, part in parts.items())


def _may_take(facts: Facts, live: TargetGroup) -> bool:
    """Targets are unused while no rule names their group, and nothing is known of their health: the repair looks."""
    states = facts.targets.get(live.arn, {})
    return bool(states.get("healthy") or states.get("unused"))


def _elsewhere(facts: Facts, listener: str, name: str, effect: str, *, fixable: bool) -> Iterator[Finding]:
    rules = facts.rules.get(listener)
    if not rules or _ours(facts, listener):
        return
    default = next(rule for rule in rules if rule["IsDefault"])
    forward = facts.live_group and Forward(rule=default, listener=listener, to=facts.live_group, unless_healthy=False)
    kinds = ", ".join(action["Type"] for action in default["Actions"])
    yield Finding(
        what=f"no rule of the {name} listener forwards to {' or '.join(one.name for one in facts.pair)}; "
        f"its default rule does {kinds}",
        effect=effect,
        repair=forward.command(facts.options) if forward else "deploy the stack again",
        fix=forward if fixable and facts.settled and forward else None,
    )
