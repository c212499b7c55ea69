"""Scaling, alarms, logs, events, and where the CLI finds a service. Pure."""

import json
from typing import Any

from greenlight.review.differences import differences
from greenlight.review.plan import Action
from greenlight.review.rules import places
from greenlight.review.rules.row import SAFE, Case, Kind, Row, at, each, next_release, release, safe, traffic


def _capacity(case: Case) -> Row:
    before, after = case.change.before, case.change.after
    if at(after, "min_capacity") == 0 and at(before, "min_capacity"):
        return traffic(
            "In a quiet hour the last task may be stopped, after which every request is answered 503; without a task "
            "there is no load to measure, so that nothing starts one again.",
            "Keep at least one task, better one a zone.",
        )
    running, least, most = _running(case), at(after, "min_capacity") or 0, at(after, "max_capacity") or 0
    if least > max(at(before, "min_capacity") or 0, running or 0):
        return _moved_at_once(case, "started")
    if most < (at(before, "max_capacity") or 0):
        if running is None or most < running:
            return _moved_at_once(case, "stopped")
        return traffic(f"No more than {most} tasks take what comes, also in the busiest hour.")
    return safe("There is more room for scaling; nothing moves now.")


def _begins(case: Case) -> Row:
    running, after = _running(case), case.change.after
    if running is not None and (at(after, "min_capacity") or 0) > running:
        return _moved_at_once(case, "started")
    if running is not None and (at(after, "max_capacity") or 0) < running:
        return _moved_at_once(case, "stopped")
    return safe("From now on scaling changes the number of tasks; nothing moves now.")


def _moved_at_once(case: Case, what: str) -> Row:
    released = case.world.has_codedeploy
    return traffic(
        f"Tasks are {what} at once to fit into the new bounds"
        + ("; in the middle of a shift CodeDeploy fails the deployment." if released else "."),
        "Not during a release." if released else None,
    )


def _running(case: Case) -> int | None:
    """How many tasks the service wants now; None where the plan does not say."""
    name = str(at(case.change.before or case.change.after, "resource_id") or "").rsplit("/", 1)[-1]
    services = case.world.plan.of_type("aws_ecs_service")
    return next((at(one.before, "desired_count") for one in services if at(one.before, "name") == name), None)


def _tracks(case: Case) -> Row:
    """A policy that is made, or changed."""
    metric = "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type"
    if case.world.has_codedeploy and at(case.change.after, metric) == "ALBRequestCountPerTarget":
        return traffic(
            "It counts the requests of one target group, and releases exchange the groups: after the next one it sees "
            "none, and nothing scales.",
            "Let it add RequestCountPerTarget of both groups, as a customized metric.",
        )
    return _target(case) if case.change.before else SAFE


def _target(case: Case) -> Row:
    path = "target_tracking_scaling_policy_configuration.target_value"
    before, after = at(case.change.before, path), at(case.change.after, path)
    only = {one.path for one in differences(case.change, case.world.plan)} == {path}
    if only and isinstance(before, int | float) and isinstance(after, int | float) and after < before:
        return safe("Tasks are started sooner than before.")
    return traffic(
        "Tasks are started or stopped at other points: capacity changes within minutes.",
        "Not during a release; compare with the load at the busiest hour.",
    )


def _alarm(case: Case) -> Row:
    if _stops_releases(case):
        if _is_stricter(case):
            return next_release(
                "CodeDeploy watches this alarm: a release that used to pass may be taken back from now on, and while "
                "it fires none begins.",
                "Check it against the metric of the last weeks.",
            )
        return traffic(
            "CodeDeploy watches this alarm: it fires at another point from now on, so that a release is taken back too "
            "late, or without need.",
            "Check it against the metric of the last weeks.",
        )
    return safe("It fires at another point from now on; no release is stopped by it.")


def _is_stricter(case: Case) -> bool:
    """Only the threshold changes, to one that is crossed sooner, and perhaps the words that name it."""
    before, after = case.change.before, case.change.after
    old, new = at(before, "threshold"), at(after, "threshold")
    if {one.path for one in differences(case.change, case.world.plan)} - {"alarm_description"} != {"threshold"}:
        return False
    return bool(new < old if str(at(after, "comparison_operator")).startswith("Greater") else new > old)


def _alarm_goes(case: Case) -> Row:
    if _stops_releases(case):
        return traffic(
            "CodeDeploy watches this alarm: without it a release that fails is not stopped.",
            "Take it out of the deployment group first, and say what watches a release instead.",
        )
    if case.change.action is Action.REPLACE:
        return safe("For a moment nobody is told by it, and nothing scales by it.")
    return traffic("Nobody is told by it any longer, and nothing scales by it.", "Say what watches instead.")


def _stops_releases(case: Case) -> bool:
    name = at(case.change.before, "alarm_name")
    groups = (pair.change for pair in case.world.pairs)
    return any(name in (at(one.before, "alarm_configuration.alarms") or ()) for one in groups)


def _suspended(case: Case) -> Row:
    if case.world.has_codedeploy:
        return release(
            "A release suspends scaling for its shift: the apply would wake it in the middle of that.",
            "Leave suspended_state out of the configuration: left out, it is never changed.",
        )
    return traffic("Scaling stops, or starts again, at once.")


def _retention(case: Case) -> Row:
    before, after = (at(side, "retention_in_days") or 0 for side in (case.change.before, case.change.after))
    if after and (not before or after < before):
        return traffic(
            f"Log lines older than {after} days are deleted for good.", "Export them first, if anybody may need them."
        )
    return safe("Logs are kept for longer.")


def _events(case: Case) -> Row:
    if _tells_of_releases(case):
        return traffic(
            "People are told of releases that fail in another way, or no longer.",
            "Say in the pull request who watches releases instead.",
        )
    targets = case.world.plan.of_type("aws_cloudwatch_event_target")
    rule = at(case.change.before, "rule") or at(case.change.before, "name")
    hooks = {arn for one in case.world.manifests for arn in (one.get("hooks") or {}).values()}
    woken = {at(one.before, "arn") for one in targets if at(one.before, "rule") == rule}
    if woken and woken <= hooks:
        return safe("It keeps the hook awake; without it the first release after a pause waits for the function.")
    return traffic(
        "Its events reach their targets at other times, in another form, or not at all.", "Check what they set going."
    )


def _tells_of_releases(case: Case) -> bool:
    name = at(case.change.before, "rule") or at(case.change.before, "name")
    rules = case.world.plan.of_type("aws_cloudwatch_event_rule")
    return any(
        "aws.codedeploy" in str(at(one.before, "event_pattern")) for one in rules if at(one.before, "name") == name
    )


def _is_manifest(case: Case) -> bool:
    return str(at(case.change.before, "name") or "").startswith("/greenlight/")


def _value(case: Case) -> Row:
    if not _is_manifest(case):
        return safe("Whoever reads it gets the new value, tasks when they start.")
    old, new = _hooks(case.change.before), _hooks(case.change.after)
    if gone := sorted(old.keys() - new.keys() if new else ()):
        return traffic(
            f"Releases no longer ask a function at {', '.join(gone)}: what it refused gets production's traffic.",
            "Say in the pull request what looks at a candidate instead.",
        )
    if asked := sorted(event for event, function in new.items() if old and old.get(event) != function):
        return next_release(
            f"The next release asks another function at {', '.join(asked)}, and fails unless it answers Succeeded "
            "within the hour.",
            "Try the function first: it is asked by every release and every rollback from then on.",
        )
    return places.manifest(case)


def _hooks(side: Any) -> dict[str, str]:
    """Lifecycle event -> function, of a release manifest; none where it is known after the apply only."""
    try:
        found = json.loads(at(side, "insecure_value") or at(side, "value") or "{}")
    except ValueError:
        return {}
    hooks = found.get("hooks") if isinstance(found, dict) else None
    return hooks if isinstance(hooks, dict) else {}


def _parameter_goes(case: Case) -> Row:
    if _is_manifest(case):
        return traffic(
            "Traffic sees nothing; in between the release CLI finds nothing to release, or another service.",
            "Not during a release.",
        )
    return traffic("Whoever reads the parameter gets an error: tasks that name it as a secret do not start.")


KINDS: dict[str, Kind] = {
    "aws_appautoscaling_target": Kind(
        what="the scalable target",
        replaced=traffic("Scaling stops, and its policies go with it, until both are there again."),
        deleted=traffic("Nothing scales any longer: the tasks that there are take what comes."),
        arguments={**each("min_capacity max_capacity", _capacity), "suspended_state": _suspended, "role_arn": SAFE},
        created=_begins,
    ),
    "aws_appautoscaling_policy": Kind(
        what="the scaling policy",
        replaced=traffic("Nothing scales until it is there again."),
        deleted=traffic("Nothing scales by it any longer: the tasks that there are take what comes."),
        arguments=each(
            "target_tracking_scaling_policy_configuration step_scaling_policy_configuration policy_type", _tracks
        ),
        created=_tracks,
    ),
    "aws_appautoscaling_scheduled_action": Kind(
        what="the scheduled scaling",
        replaced=traffic("An hour's scaling may be missed."),
        deleted=traffic("Capacity stays where it is at the hours that it was made for."),
        arguments=each(
            "schedule scalable_target_action start_time end_time timezone", traffic("Capacity changes then.")
        ),
    ),
    "aws_cloudwatch_metric_alarm": Kind(
        what="the alarm",
        replaced=_alarm_goes,
        deleted=_alarm_goes,
        arguments={
            **each(
                "comparison_operator threshold evaluation_periods datapoints_to_alarm period statistic metric_name "
                "extended_statistic namespace dimensions metric_query treat_missing_data unit threshold_metric_id "
                "evaluate_low_sample_count_percentiles",
                _alarm,
            ),
            **each(
                "actions_enabled alarm_actions",
                traffic("Other people, or nobody, are told when it fires.", "Check who is on call."),
            ),
            **each("alarm_description ok_actions insufficient_data_actions", SAFE),
        },
    ),
    "aws_cloudwatch_composite_alarm": Kind(
        what="the composite alarm",
        replaced=traffic("The alarm is gone in between.", "Not during a release."),
        deleted=traffic("Nobody is told any longer, and no release is stopped by it."),
        arguments={
            "alarm_rule": traffic("It fires at another point: a release may be taken back too late, or without need."),
            **each("actions_enabled alarm_actions actions_suppressor", traffic("Other people, or nobody, are told.")),
            **each("alarm_description ok_actions insufficient_data_actions", SAFE),
        },
    ),
    "aws_cloudwatch_dashboard": Kind(
        what="the dashboard", replaced=SAFE, deleted=SAFE, arguments={"dashboard_body": SAFE}
    ),
    "aws_cloudwatch_log_metric_filter": Kind(
        what="the metric filter",
        replaced=traffic("Alarms on its metric see no data in between."),
        deleted=traffic("Alarms on its metric see no data any longer."),
        arguments=each("pattern metric_transformation", traffic("Alarms on its metric see other numbers.")),
    ),
    "aws_cloudwatch_log_group": Kind(
        what="the log group",
        replaced=traffic(
            "All its log lines are lost, and tasks whose log group it is cannot start until it is there again.",
            "Make a new group beside it, and keep the old one.",
        ),
        deleted=traffic(
            "All its log lines are lost, and tasks whose log group it is cannot start.", "Keep it, or export it first."
        ),
        arguments={"retention_in_days": _retention, **each("kms_key_id skip_destroy", SAFE)},
    ),
    "aws_cloudwatch_event_rule": Kind(
        what="the event rule",
        replaced=_events,
        deleted=_events,
        arguments={
            **each("schedule_expression event_pattern state is_enabled", _events),
            **each("description role_arn force_destroy", SAFE),
        },
    ),
    "aws_cloudwatch_event_target": Kind(
        what="the event's target",
        replaced=_events,
        deleted=_events,
        arguments=each(
            "arn input input_path input_transformer role_arn retry_policy dead_letter_config ecs_target http_target "
            "run_command_targets sqs_target kinesis_target batch_target force_destroy",
            _events,
        ),
    ),
    "aws_ssm_parameter": Kind(
        what="the parameter",
        replaced=_parameter_goes,
        deleted=_parameter_goes,
        arguments={
            **each("value insecure_value value_wo value_wo_version", _value),
            **each("type tier description allowed_pattern overwrite key_id", SAFE),
        },
    ),
}
