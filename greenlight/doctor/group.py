"""Whether CodeDeploy's deployment group releases what the manifest says, and undoes what goes wrong. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from greenlight import alarms
from greenlight.doctor.facts import Facts, group_alarms
from greenlight.doctor.finding import Finding

_AGAIN = "deploy the stack again, which sets it"


def other_group(facts: Facts) -> Iterator[Finding]:
    """The group releases something else than the manifest says: one of the two is older than the other."""
    if facts.group is None:
        return
    manifest, pair = facts.manifest, _pair(facts.group)
    services = [(one["clusterName"], one["serviceName"]) for one in facts.group.get("ecsServices", [])]
    wanted = {one.name for one in facts.pair}
    found = {one["name"] for one in pair.get("targetGroups", [])}
    differences = []
    if services != [(manifest.cluster, manifest.ecs_service)]:
        differences.append(f"service {', '.join('/'.join(one) for one in services) or 'none'}")
    if found != wanted:
        differences.append(f"target groups {' and '.join(sorted(found)) or 'none'}")
    if _listeners(pair, "prodTrafficRoute") != [manifest.load_balancer.prod_listener]:
        differences.append(f"prod listener {', '.join(_listeners(pair, 'prodTrafficRoute')) or 'none'}")
    if differences:
        yield Finding(
            what=f"deployment group {manifest.codedeploy.group} has {'; '.join(differences)}, unlike the manifest",
            effect="a release moves other traffic than status shows, or fails before it begins",
            repair=_AGAIN,
        )


def test_listener_not_in_group(facts: Facts) -> Iterator[Finding]:
    if facts.group is None:
        return
    listener, found = facts.manifest.load_balancer.test_listener, _listeners(_pair(facts.group), "testTrafficRoute")
    if found != [listener]:
        yield Finding(
            what=f"deployment group {facts.manifest.codedeploy.group} has the test listener "
            f"{', '.join(found) or 'none'}, and the hook asks {listener}",
            effect="a release does not show its candidate there: the hook tests whatever that listener leads to, and "
            "refuses each release whose candidate it cannot find",
            repair=_AGAIN,
        )


def no_rollback(facts: Facts) -> Iterator[Finding]:
    if facts.group is not None and "DEPLOYMENT_FAILURE" not in _undone(facts.group):
        yield Finding(
            what=f"deployment group {facts.manifest.codedeploy.group} does not roll back a deployment that fails",
            effect="a release that fails in mid-shift leaves its candidate with a part of production",
            repair=_AGAIN,
        )


def alarms_without_rollback(facts: Facts) -> Iterator[Finding]:
    if facts.group is not None and group_alarms(facts.group) and "DEPLOYMENT_STOP_ON_ALARM" not in _undone(facts.group):
        yield Finding(
            what=f"deployment group {facts.manifest.codedeploy.group} has alarms, and does not roll back on them",
            effect="an alarm in mid-shift stops the release there: the candidate keeps its part of production",
            repair=_AGAIN,
        )


def rollback_on_no_alarm(facts: Facts) -> Iterator[Finding]:
    if facts.group is not None and "DEPLOYMENT_STOP_ON_ALARM" in _undone(facts.group) and not group_alarms(facts.group):
        yield Finding(
            what=f"deployment group {facts.manifest.codedeploy.group} rolls back on alarms, and has none",
            effect="nothing but the hooks looks after a release: its errors stop and undo nothing",
            repair="name alarms in the service's settings (alarms), and deploy the stack",
        )


def missing_alarm(facts: Facts) -> Iterator[Finding]:
    if facts.group is None or facts.alarms is None:
        return
    for name in group_alarms(facts.group):
        if name not in facts.alarms:
            ignored = (facts.group.get("alarmConfiguration") or {}).get("ignorePollAlarmFailure")
            yield Finding(
                what=f"alarm {name} stops releases, and is not there",
                effect="CodeDeploy goes on without it: nothing looks after what it watched"
                if ignored
                else "CodeDeploy stops a release whose alarms it cannot read",
                repair="deploy the stack again, which makes its own alarms; make one of yours again, or take it out of "
                "the service's alarms.more",
            )


def firing_alarm(facts: Facts) -> Iterator[Finding]:
    for alarm in (facts.alarms or {}).values():
        if alarm["StateValue"] == alarms.FIRING:
            yield Finding(
                what=alarms.line(alarm),
                effect="CodeDeploy stops every release meanwhile; a rollback it does not",
                repair=f"remove the cause; if it is the live version: {facts.command('rollback')}, or "
                f"{facts.command('deploy', '--image', '…', '--ignore-alarms')}",
            )


def _pair(group: Mapping[str, Any]) -> Mapping[str, Any]:
    pairs = (group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or [{}]
    pair: Mapping[str, Any] = pairs[0]
    return pair


def _listeners(pair: Mapping[str, Any], route: str) -> list[str]:
    return list((pair.get(route) or {}).get("listenerArns", []))


def _undone(group: Mapping[str, Any]) -> list[str]:
    """The ends of a deployment after which it is rolled back."""
    rollback = group.get("autoRollbackConfiguration") or {}
    return list(rollback.get("events", [])) if rollback.get("enabled") else []
