"""All that is looked for. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from greenlight.doctor import at_rest, group, hooks, listeners, versions
from greenlight.doctor.facts import Facts
from greenlight.doctor.finding import Finding


def unseen(facts: Facts) -> Iterator[Finding]:
    for one in facts.unseen:
        yield Finding(
            what=f"could not look at {one.what}: {one.action} is not allowed",
            effect="what is wrong there is not found",
            repair=f"give the role what {facts.command('policy')} prints",
        )


# What hurts traffic now comes first, then what stops the next release or the way back, then the rest.
JUDGES: Sequence[Callable[[Facts], Iterator[Finding]]] = (
    listeners.reverted_listener,
    listeners.prod_listener_elsewhere,
    listeners.no_healthy_target,
    listeners.left_in_mid_shift,
    at_rest.vpc_link,
    listeners.live_outside_pair,
    listeners.test_listener_elsewhere,
    versions.missing,
    versions.manifest_older,
    group.other_group,
    group.test_listener_not_in_group,
    hooks.hook_gone,
    hooks.hook_failed,
    hooks.hook_not_active,
    group.firing_alarm,
    group.missing_alarm,
    versions.no_task_starts,
    versions.live_image_gone,
    versions.way_back_gone,
    group.no_rollback,
    group.alarms_without_rollback,
    group.rollback_on_no_alarm,
    hooks.hook_log_gone,
    at_rest.suspended,
    at_rest.drain_outlasts_stop,
    at_rest.no_grace_period,
    unseen,
)


def examine(facts: Facts) -> list[Finding]:
    """The findings, each with its id; the gravest first."""
    return [replace(found, id=name_of(judge)) for judge in JUDGES for found in judge(facts)]


def name_of(judge: Callable[[Facts], Iterator[Finding]]) -> str:
    return judge.__name__.replace("_", "-")


def notes(facts: Facts) -> list[str]:
    """What is told, and is no finding."""
    said = []
    if facts.under_way:
        said.append(
            f"{facts.under_way.id} is under way ({facts.under_way.waits_for}): where listeners lead and whether "
            f"autoscaling is suspended is its matter until it has ended: {facts.command('watch', facts.under_way.id)}"
        )
    elif not facts.settled:
        said.append("not judged, because deployments could not be seen: where listeners lead, autoscaling's suspension")
    others = facts.live.others if facts.live and facts.settled else ()
    said += [
        f"tasks of {one.task_definition.rpartition('/')[2]} are left over: the next release ends them" for one in others
    ]
    if facts.running and facts.back is None:
        said.append("nothing is known to roll back to")
    if facts.manifest.vpc_link is None:
        said.append("not looked at: the VPC link, which the manifest does not name; deploy the stack again")
    said.append("not looked at: whether CodeDeploy's role may invoke the hooks, and what the account's policies forbid")
    return said
