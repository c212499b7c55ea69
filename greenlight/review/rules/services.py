"""ECS: services, task definitions, clusters. Pure."""

from greenlight.review.differences import differences
from greenlight.review.findings import Rank
from greenlight.review.plan import Action, Change
from greenlight.review.rules.row import SAFE, Case, Judge, Kind, Row, at, becomes, blocked, each, refused, safe, traffic
from greenlight.review.world import controller, strategy

_OWNED = refused(
    "AWS refuses to change this of a service that CodeDeploy releases (UpdateService): traffic stays as it is, and the "
    "rest of the apply is left undone.",
    "Put it into the service's ignore_changes; a release brings the change, since CodeDeploy makes new task sets.",
)
_ROLLING = safe("ECS exchanges the service's tasks a few at a time, new ones first healthy.")


def _native(change: Change) -> Row:
    if strategy(change) in ("BLUE_GREEN", "LINEAR", "CANARY"):
        return safe("ECS's own deployment makes the new tasks beside the old ones and moves the traffic.")
    if controller(change) != "ECS":
        return traffic(f"What the controller {controller(change)} does with it is not known to this review.")
    return _ROLLING


def _of_task_sets(argument: str) -> Judge:
    """What a task set is made with: under CodeDeploy, only a release changes it."""

    def judge(case: Case) -> Row:
        if controller(case.change) == "CODE_DEPLOY":
            return _OWNED
        if argument == "network_configuration":
            return traffic(
                "ECS exchanges the tasks for ones in the new subnets and security groups: if these are not let in "
                "where the old ones were, the new tasks never turn healthy, or reach nothing.",
                "Let the new groups in first, in an apply of its own.",
            )
        if argument == "load_balancer":
            return traffic(
                "ECS moves the tasks to other target groups: what still forwards to the old one answers 503.",
                "Attach the new group beside the old one, move the listener, then take the old one away.",
            )
        return _native(case.change)

    return judge


def _for_new_tasks(case: Case) -> Row:
    if controller(case.change) != "CODE_DEPLOY":
        return safe("It counts for tasks that start from now on.")
    name = str(at(case.change.before, "name") or "")
    return Row(Rank.NEXT_RELEASE, "Only tasks that start from now on have it.", "Release it:", releases=name)


def _while_rolling(case: Case) -> Row:
    lowest = "deployment_minimum_healthy_percent"
    before, after = (at(side, lowest) for side in (case.change.before, case.change.after))
    if controller(case.change) == "ECS" and after is not None and before is not None and after < before:
        return traffic(
            f"From the next deployment on ECS may stop tasks before new ones run, down to {after} % of them: those "
            "that are left take all requests.",
            "Keep 100, and a maximum that leaves room for new tasks.",
        )
    return safe("It counts for tasks that start from now on.")


def _desired_count(case: Case) -> Row:
    before, after = at(case.change.before, "desired_count"), at(case.change.after, "desired_count")
    fewer = isinstance(before, int) and isinstance(after, int) and after < before
    if after == 0:
        return blocked("No task is left: every request is answered 503.", "Keep at least one task a zone.")
    if controller(case.change) == "CODE_DEPLOY":
        return traffic(
            f"The live tasks are scaled from {before} to {after} at once, over autoscaling's number; in the middle of "
            "a shift CodeDeploy fails the deployment.",
            "Put desired_count into ignore_changes, and scale by autoscaling or `aws ecs update-service`.",
        )
    if fewer:
        return traffic(
            f"ECS stops tasks at once, from {before} to {after}: those that stay take all requests.",
            "Check that they can, at the hour of the apply.",
        )
    return safe(f"ECS starts tasks, from {before} to {after}.")


def _service_replaced(case: Case) -> Row:
    if controller(case.change) == "CODE_DEPLOY":
        return blocked(
            "All tasks stop first. The new service starts Terraform's revision, not the live one, in the configured "
            "target group, while the listener stays where it is: an outage until a release.",
            "Take the change back, or deploy a second service beside it and move the traffic there.",
        )
    return blocked(
        "All tasks of the service stop before new ones start: an outage of minutes.",
        "Take the change back, or deploy a second service beside it and move the traffic there.",
    )


def _maybe_refused(case: Case) -> Row:
    if controller(case.change) != "CODE_DEPLOY":
        return _native(case.change)
    return refused(
        "This is not among what AWS's documents allow to change of a service that CodeDeploy releases: the apply may "
        "be refused there and leave the rest undone.",
        "Apply it alone, when nothing else depends on the same apply.",
    )


def _released_images(service: Change) -> set[str]:
    """The images that releases choose: of the containers that get the traffic, and not those of their sidecars."""
    behind = at(service.before, "load_balancer") or at(service.after, "load_balancer") or ()
    return {f"container_definitions.{one.get('container_name')}.image" for one in behind}


def _revision(case: Case) -> Row:
    """A task definition "is replaced": a new revision is registered, and nothing that runs changes."""
    service = case.world.service_of(case.change)
    if case.change.action is Action.DELETE:
        if at(case.change.before, "skip_destroy"):
            return safe("Terraform lets go of the revision, which stays registered.")
        return traffic(
            "The revision is deregistered: what runs of it goes on, but nothing new can be started of it.",
            "Set skip_destroy on the task definition first.",
        )
    if service is None or (controller(service) != "CODE_DEPLOY" and service.action is Action.NO_OP):
        says = "A new revision is registered; what runs stays as it is until something starts it."
        return Row(Rank.NEXT_RELEASE, says, "Deploy it as you do.")
    if controller(service) != "CODE_DEPLOY":
        row = _native(service)
        return Row(row.rank, f"A new revision is registered. {row.says}", row.instead)
    name = str(at(service.before, "name") or at(service.after, "name") or "")
    changed = {one.path for one in differences(case.change, case.world.plan)}
    if changed and changed <= _released_images(service):
        says = "Nothing that runs changes: releases own the image, and the next one keeps the image that is live."
        return Row(Rank.NEXT_RELEASE, says, "To ship the image, release it with `--image`:", releases=name)
    says = "A new revision is registered and nothing restarts: it runs from the next release on."
    before = case.change.before
    if not at(before, "skip_destroy") and at(before, "arn") == at(service.before, "task_definition"):
        says += (
            " The one that is live is deregistered: it runs on, but nothing can go back to it (skip_destroy is off)."
        )
    return Row(Rank.NEXT_RELEASE, says, "Release it after the apply:", releases=name)


def _deregisters(case: Case) -> Row:
    if at(case.change.after, "skip_destroy"):
        return safe("Revisions stay registered from now on.")
    return traffic(
        "Nothing happens now; the next change of the task definition deregisters the revision before it, which may be "
        "the live one: no rollback to it.",
        "Keep skip_destroy = true.",
    )


KINDS: dict[str, Kind] = {
    "aws_ecs_service": Kind(
        what="the service",
        replaced=_service_replaced,
        deleted=blocked("All its tasks stop, and nothing serves its requests.", "Move its traffic elsewhere first."),
        created=safe("It starts its tasks as soon as its image is there; nothing serves until then."),
        arguments={
            **{
                argument: _of_task_sets(argument)
                for argument in (
                    *("task_definition", "load_balancer", "network_configuration", "platform_version"),
                    *("force_new_deployment", "triggers", "launch_type", "capacity_provider_strategy"),
                )
            },
            "desired_count": _desired_count,
            "deployment_controller": blocked(
                "The service leaves its controller: whoever released it until now, deployment group and hook included, "
                "no longer governs it.",
                "Build the new way beside the old one, and move the traffic.",
            ),
            "deployment_configuration": safe("It counts from the next deployment on."),
            **each("deployment_maximum_percent deployment_minimum_healthy_percent", _while_rolling),
            **each(
                "health_check_grace_period_seconds ordered_placement_strategy placement_constraints",
                safe("It counts for tasks that start from now on."),
            ),
            **each("enable_ecs_managed_tags propagate_tags", _for_new_tasks),
            "availability_zone_rebalancing": becomes(
                "availability_zone_rebalancing",
                "ENABLED",
                traffic(
                    "ECS moves tasks from one zone to another by itself, during a release too.",
                    "Apply it when no release is in flight.",
                ),
            ),
            **each(
                "enable_execute_command deployment_circuit_breaker alarms service_registries "
                "service_connect_configuration volume_configuration vpc_lattice_configurations",
                _maybe_refused,
            ),
            **each("wait_for_steady_state force_delete scheduling_strategy", SAFE),
        },
    ),
    "aws_ecs_task_definition": Kind(
        what="the task definition",
        replaced=_revision,
        deleted=_revision,
        arguments={
            "skip_destroy": _deregisters,
            "track_latest": traffic(
                "Terraform follows other clients' revisions from now on, and makes its next one against them.",
                "Leave it off where a release tool registers revisions.",
            ),
        },
    ),
    "aws_ecs_cluster": Kind(
        what="the cluster",
        replaced=blocked("Every service in it goes down with it.", "Build the new cluster beside the old one."),
        deleted=blocked("Every service in it goes down with it.", "Move its services elsewhere first."),
        arguments=each("setting configuration service_connect_defaults", SAFE),
    ),
    "aws_ecs_cluster_capacity_providers": Kind(
        what="the cluster's capacity providers",
        replaced=traffic("Until it is there again, tasks that name a capacity provider cannot start."),
        deleted=traffic("Tasks that name a capacity provider cannot start any longer."),
        arguments=each(
            "capacity_providers default_capacity_provider_strategy",
            traffic("Tasks that start from now on run elsewhere, or cannot start if theirs is gone."),
        ),
    ),
}
