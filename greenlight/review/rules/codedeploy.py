"""CodeDeploy: application, deployment group, deployment configuration. Pure."""

from greenlight.review.plan import Action
from greenlight.review.rules.row import (
    SAFE,
    Case,
    Kind,
    Row,
    at,
    becomes,
    blocked,
    each,
    next_release,
    refused,
    safe,
    traffic,
)
from greenlight.review.world import TARGET_GROUPS

_RENAMED = traffic(
    "It is renamed in place: traffic sees nothing, but roles' policies and whoever releases know the old name, so that "
    "the next release is refused or not found.",
    "Change policies and release jobs with the same apply, when no release is in flight.",
)


def _application(case: Case) -> Row:
    old, new = at(case.change.before, "app_name"), at(case.change.after, "app_name")
    for one in case.world.plan.of_type("aws_codedeploy_app"):
        if at(one.before, "name") == old and at(one.after, "name") == new and one.action is Action.UPDATE:
            return _RENAMED
    return refused(
        "The provider asks for the group under the new application, which does not have it: AWS refuses that.",
        "Make a new group in the new application; take the old one away afterwards.",
    )


def _rollback(case: Case) -> Row:
    path = "auto_rollback_configuration"
    before, after = at(case.change.before, path), at(case.change.after, path)
    old = set(at(before, "events") or ()) if at(before, "enabled") else set()
    new = set(at(after, "events") or ()) if at(after, "enabled") else set()
    if old - new == {"DEPLOYMENT_STOP_ON_ALARM"}:
        watched = at(case.change.before, "alarm_configuration.alarms") and at(
            case.change.before, "alarm_configuration.enabled"
        )
        if not watched:
            return next_release("No alarm stops a release, so that it did nothing.")
        return traffic(
            "A release that an alarm stops is no longer taken back: production stays as it is in that moment, in a "
            "canary with a part of it on what failed.",
            "Keep DEPLOYMENT_STOP_ON_ALARM as long as the group has alarms.",
        )
    if old - new:
        return traffic(
            "A release that fails is no longer taken back by itself: production stays on what failed until somebody "
            "acts.",
            "Keep enabled with DEPLOYMENT_FAILURE and DEPLOYMENT_STOP_ON_REQUEST.",
        )
    return next_release("It counts for the releases that come.")


def _alarms(case: Case) -> Row:
    before, after = at(case.change.before, "alarm_configuration"), at(case.change.after, "alarm_configuration")
    old = set(at(before, "alarms") or ()) if at(before, "enabled") else set()
    new = set(at(after, "alarms") or ()) if at(after, "enabled") else set()
    if old - new or (at(after, "ignore_poll_alarm_failure") and not at(before, "ignore_poll_alarm_failure")):
        return traffic(
            "Releases are no longer stopped by these alarms: a bad version keeps the traffic it has been given.",
            "Keep the alarms, or say in the pull request what watches a release instead.",
        )
    return next_release("It counts for the releases that come.")


def _pair(case: Case) -> Row:
    """Which listeners a release moves, and between which groups."""
    before, after = (
        at(side, "load_balancer_info.target_group_pair_info") or [{}]
        for side in (case.change.before, case.change.after)
    )
    if at(before, "prod_traffic_route") == at(after, "prod_traffic_route") and at(before, "target_group") == at(
        after, "target_group"
    ):
        if not at(after, "test_traffic_route.listener_arns"):
            return blocked(
                "Releases get no test traffic any longer: the hook proves nothing, or every release is refused.",
                "Keep the test listener's route.",
            )
        return traffic(
            "The hook tests through another listener from the next release on.",
            "Check that the hook's URL and security group rules belong to the same listener.",
        )
    names = {
        at(one.before, "name"): at(one.after, "name")
        for one in case.world.plan.of_type(*TARGET_GROUPS)
        if one.action is Action.REPLACE
    }
    pair = case.world.pair_of_group(case.change)
    told = {one.get("name") for one in at(after, "target_group") or ()}
    if names and pair is not None and {names.get(name, name) for name in pair.groups} == told:
        return safe("It follows the new names of its target groups, of which more is said.")
    return blocked(
        "The next release moves another listener, or moves between other target groups, than production's traffic "
        "uses: it proves and shifts what nobody is served by.",
        "Change listeners, groups and this pair together, by a second service beside this one.",
    )


def _kept(case: Case) -> Row:
    if at(case.change.before, "ecs_service"):
        return refused(
            "CodeDeploy takes no KEEP_ALIVE of a group of ECS: the apply ends there, and releases go on as before.",
            "Keep TERMINATE; to keep the old tasks for longer, raise the minutes of waiting.",
        )
    return traffic("The old instances of each release stay for good: two sets are paid.", "Keep TERMINATE with a wait.")


_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"


def _config(case: Case) -> Row:
    """By which steps the next release moves traffic."""
    if at(case.change.after, "deployment_config_name") == _AT_ONCE:
        return traffic(
            "The next release moves all of production in one step, not a part of it first: whatever the hook does not "
            "see meets everybody.",
            "Keep a canary or linear configuration, or say in the pull request what watches a release instead.",
        )
    return next_release(
        "The next release shifts traffic in other steps; with faster ones an alarm may come too late.",
        "Check that the alarms' periods fit into the steps.",
    )


_IN_USE = "AWS deletes no configuration that a deployment group, or perhaps a deployment under way, uses"


def _config_replaced(case: Case) -> Row:
    old, new = (at(side, "deployment_config_name") for side in (case.change.before, case.change.after))
    if case.change.actions == ("create", "delete") and old != new:
        return next_release(
            "The next release shifts traffic by the new numbers: the new configuration is made, the group names it, "
            "and the old one goes.",
            "Check that the alarms' periods fit into the steps, and apply while no release is under way.",
        )
    return refused(
        f"{_IN_USE} (DeploymentConfigInUseException): the apply ends there.",
        "Make the new one under another name with create_before_destroy, and let the group name that.",
    )


def _config_deleted(case: Case) -> Row:
    old = at(case.change.before, "deployment_config_name")
    groups = case.world.plan.of_type("aws_codedeploy_deployment_group")
    named = [one for one in groups if at(one.before, "deployment_config_name") == old]
    if named and all(one.after is None or at(one.after, "deployment_config_name") != old for one in named):
        return safe(
            "Nothing names it after this apply. Where it was made without create_before_destroy, Terraform may ask for "
            "its end too early: AWS then refuses, and a second apply mends it."
        )
    return refused(
        f"{_IN_USE} (DeploymentConfigInUseException).", "Let the group name another one first, in an apply of its own."
    )


KINDS: dict[str, Kind] = {
    "aws_codedeploy_app": Kind(
        what="the CodeDeploy application",
        replaced=blocked(
            "No release is possible until application and deployment group are made anew; the history is lost, and a "
            "release in flight loses its master.",
            "Take the change back.",
        ),
        deleted=blocked("No release is possible any longer, and one in flight loses its master."),
        arguments={"name": _RENAMED},
    ),
    "aws_codedeploy_deployment_group": Kind(
        what="the deployment group",
        replaced=blocked("No release is possible until it is there again; one in flight loses its master."),
        deleted=blocked("No release is possible any longer, and one in flight loses its master."),
        arguments={
            "app_name": _application,
            "deployment_group_name": _RENAMED,
            "deployment_config_name": _config,
            "blue_green_deployment_config.terminate_blue_instances_on_deployment_success": becomes(
                "blue_green_deployment_config.terminate_blue_instances_on_deployment_success.action",
                "KEEP_ALIVE",
                _kept,
                becomes(
                    "blue_green_deployment_config.terminate_blue_instances_on_deployment_success"
                    ".termination_wait_time_in_minutes",
                    0,
                    traffic(
                        "From the next release on the old tasks go at once: there is no instant way back.",
                        "Keep some minutes of waiting.",
                    ),
                    next_release("From the next release on the old tasks are kept for another time."),
                ),
            ),
            "blue_green_deployment_config": next_release("It counts for the releases that come."),
            "blue_green_deployment_config.deployment_ready_option": becomes(
                "blue_green_deployment_config.deployment_ready_option.action_on_timeout",
                "STOP_DEPLOYMENT",
                next_release("Releases wait for somebody's approval from now on, and are stopped without it."),
                traffic(
                    "Releases no longer wait for an approval: production moves as soon as the hooks agree.",
                    "Say in the pull request who has agreed to that, and what looks at a candidate instead.",
                ),
            ),
            "load_balancer_info": _pair,
            "ecs_service": blocked(
                "Releases go to another service than the one that serves.", "Make a second deployment group for it."
            ),
            "auto_rollback_configuration": _rollback,
            "alarm_configuration": _alarms,
            "deployment_style": blocked(
                "Releases are no longer blue/green with traffic control, which AWS refuses for ECS.",
                "Keep BLUE_GREEN with WITH_TRAFFIC_CONTROL.",
            ),
            "service_role_arn": traffic(
                "Releases act as another role, one in flight too: without the old role's permissions they can neither "
                "go on nor go back.",
                "Change it when no release is in flight; compare the two roles' policies first.",
            ),
            **each(
                "trigger_configuration outdated_instances_strategy termination_hook_enabled autoscaling_groups "
                "ec2_tag_filter ec2_tag_set on_premises_instance_tag_filter",
                SAFE,
            ),
        },
    ),
    "aws_codedeploy_deployment_config": Kind(
        what="the deployment configuration", replaced=_config_replaced, deleted=_config_deleted
    ),
}
