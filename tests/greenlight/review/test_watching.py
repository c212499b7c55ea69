"""What a reviewer is told when what stops releases, or tells people, changes."""

import json
from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.greenlight.review.plans import GROUP, Json, around, change, review, same

NAME = "dev-api-blue-errors"
ALARM: Json = {"alarm_name": NAME, "comparison_operator": "GreaterThanThreshold", "threshold": 1}
WATCHED: Json = GROUP | {
    "alarm_configuration": [{"enabled": True, "alarms": [NAME], "ignore_poll_alarm_failure": False}],
    "auto_rollback_configuration": [{"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]}],
}
GROUP_ADDRESS = "aws_codedeploy_deployment_group.api"


def told(*changes: Json) -> list[tuple[Rank, str]]:
    """Nothing of what is safe."""
    return [(found.rank, found.consequence) for found in review(*changes).findings]


def of_group(**after: Any) -> list[tuple[Rank, str]]:
    return told(*around(change(GROUP_ADDRESS, WATCHED, WATCHED | after)))


def of_alarm(after: Json | None, group: Json = WATCHED) -> list[tuple[Rank, str]]:
    return told(*around(change("aws_cloudwatch_metric_alarm.errors", ALARM, after), same(GROUP_ADDRESS, group)))


def test_an_alarm_that_is_loosened_lets_a_bad_release_pass() -> None:
    assert of_alarm(ALARM | {"threshold": 5}) == [
        (
            Rank.TRAFFIC,
            "CodeDeploy watches this alarm: it fires at another point from now on, so that a release is taken back too "
            "late, or without need.",
        )
    ]


def test_an_alarm_that_is_tightened_is_about_the_releases_that_come() -> None:
    assert of_alarm(ALARM | {"threshold": 0.5}) == [
        (
            Rank.NEXT_RELEASE,
            "CodeDeploy watches this alarm: a release that used to pass may be taken back from now on, and while it "
            "fires none begins.",
        )
    ]
    # What it says names the number.
    assert of_alarm(ALARM | {"threshold": 0.5, "alarm_description": "over 0.5 %"}) == of_alarm(
        ALARM | {"threshold": 0.5}
    )


def test_an_alarm_that_is_tightened_and_looks_at_something_else_is_another() -> None:
    ((rank, _),) = of_alarm(ALARM | {"threshold": 0.5, "treat_missing_data": "ignore"})

    assert rank is Rank.TRAFFIC


def test_an_alarm_that_stops_no_release_may_change() -> None:
    assert of_alarm(ALARM | {"threshold": 5}, GROUP) == []


def test_an_alarm_that_goes_no_longer_stops_a_release() -> None:
    assert of_alarm(None) == [
        (Rank.TRAFFIC, "CodeDeploy watches this alarm: without it a release that fails is not stopped.")
    ]


def test_a_group_that_lets_go_of_its_alarms_is_named() -> None:
    rank, says = of_group(alarm_configuration=[])[0]

    assert (rank, says) == (
        Rank.TRAFFIC,
        "Releases are no longer stopped by these alarms: a bad version keeps the traffic it has been given.",
    )


def test_alarms_that_may_be_unreadable_no_longer_stop_releases() -> None:
    ignoring = [{"enabled": True, "alarms": [NAME], "ignore_poll_alarm_failure": True}]

    ((rank, _),) = of_group(alarm_configuration=ignoring)

    assert rank is Rank.TRAFFIC


def test_a_release_that_an_alarm_stops_stays_where_it_is_without_that_event() -> None:
    only_failures = [{"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}]

    assert of_group(auto_rollback_configuration=only_failures) == [
        (
            Rank.TRAFFIC,
            "A release that an alarm stops is no longer taken back: production stays as it is in that moment, in a "
            "canary with a part of it on what failed.",
        )
    ]


def test_the_event_of_alarms_does_nothing_without_alarms() -> None:
    before = WATCHED | {"alarm_configuration": []}
    after = before | {"auto_rollback_configuration": [{"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}]}

    assert told(*around(change(GROUP_ADDRESS, before, after))) == [
        (Rank.NEXT_RELEASE, "No alarm stops a release, so that it did nothing.")
    ]


def publishing(*services: str, **more: Any) -> Json:
    allowed = [{"Effect": "Allow", "Principal": {"Service": one}, "Action": "sns:Publish", **more} for one in services]
    return policy(*allowed)


def policy(*statements: Json) -> Json:
    return {"arn": "arn:topic", "policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


CLOUDWATCH, EVENTS = "cloudwatch.amazonaws.com", "events.amazonaws.com"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}
PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            publishing(CLOUDWATCH, EVENTS),
            publishing(CLOUDWATCH),
            "Somebody who published may be refused at once: alarms, say, reach nobody.",
        ),
        (
            policy(ANYBODY | {"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}),
            policy(ANYBODY),
            "Somebody who published may be refused at once: alarms, say, reach nobody.",
        ),
        (policy(), policy(ANYBODY), "Anybody may publish, or read, from now on: a matter of security, not of traffic."),
        (policy(), policy(PLAIN_HTTP), "Somebody who published may be refused at once: alarms, say, reach nobody."),
        (policy(PLAIN_HTTP), policy(), "What was refused so far is let through: a matter of security, not of traffic."),
    ],
)
def test_who_may_publish_to_a_topic_is_compared(before: Json, after: Json, expected: str) -> None:
    assert told(change("aws_sns_topic_policy.notify", before, after)) == [(Rank.TRAFFIC, expected)]


def test_one_more_who_may_publish_is_no_matter_of_traffic() -> None:
    assert told(change("aws_sns_topic_policy.notify", publishing(CLOUDWATCH), publishing(CLOUDWATCH, EVENTS))) == []


def test_a_topic_whose_policy_is_not_known_yet_is_looked_at() -> None:
    before = publishing(CLOUDWATCH)
    found = change("aws_sns_topic_policy.notify", before, {"arn": "arn:topic"}, unknown={"policy": True})

    assert told(found) == [(Rank.TRAFFIC, "Who may publish is known only in the middle of the apply.")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("aws_sns_topic", "What is published, such as alarms and releases that failed, reaches nobody from now on."),
        ("aws_sns_topic_policy", "CloudWatch and EventBridge may no longer publish: nobody is told from now on."),
        ("aws_sns_topic_subscription", "What is published does not reach it from now on."),
    ],
)
def test_what_is_taken_away_no_longer_tells_anybody(kind: str, expected: str) -> None:
    assert told(*around(change(f"{kind}.notify", {"arn": "arn:it"}, None))) == [(Rank.TRAFFIC, expected)]


@pytest.mark.parametrize("what", ["rule", "target"])
def test_the_rule_that_tells_of_failed_releases_is_known(what: str) -> None:
    rule = {"name": "dev-api-releases", "event_pattern": json.dumps({"source": ["aws.codedeploy"]})}
    target = {"rule": "dev-api-releases", "arn": "arn:topic"}
    changes = {
        "rule": [change("aws_cloudwatch_event_rule.releases", rule, rule | {"state": "DISABLED"})],
        "target": [
            change("aws_cloudwatch_event_target.told", target, None),
            same("aws_cloudwatch_event_rule.releases", rule),
        ],
    }

    assert told(*changes[what]) == [
        (Rank.TRAFFIC, "People are told of releases that fail in another way, or no longer.")
    ]
