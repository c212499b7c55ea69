"""EventBridge's schedules: which expressions there are, when they fire, and what they invoke."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.eventbridge.expression import InvalidExpressionError, parse
from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.running_stack import Clients, clients_of
from tests.sandbox.test_aws_errors import refused

DAY = 86400


# Expressions ----------------------------------------------------------------------------------------------------------

# Thursday
NOW = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(1 minute)", ["2026-01-01 12:01:30", "2026-01-01 12:02:30"]),
        ("rate(36 hours)", ["2026-01-03 00:00:30", "2026-01-04 12:00:30"]),
        ("rate(3 days)", ["2026-01-04 12:00:30", "2026-01-07 12:00:30"]),
        ("cron(* * * * ? *)", ["2026-01-01 12:01:00", "2026-01-01 12:02:00"]),
        ("cron(0 10 * * ? *)", ["2026-01-02 10:00:00", "2026-01-03 10:00:00"]),
        ("cron(15 12 * * ? *)", ["2026-01-01 12:15:00", "2026-01-02 12:15:00"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-01-01 18:00:00", "2026-01-02 18:00:00", "2026-01-05 18:00:00"]),
        ("cron(0 18 ? * 2-6 *)", ["2026-01-01 18:00:00", "2026-01-02 18:00:00", "2026-01-05 18:00:00"]),
        ("cron(0 8 1 * ? *)", ["2026-02-01 08:00:00", "2026-03-01 08:00:00"]),
        ("cron(0/15 * * * ? *)", ["2026-01-01 12:15:00", "2026-01-01 12:30:00", "2026-01-01 12:45:00"]),
        ("cron(1/10 13 * * ? *)", ["2026-01-01 13:01:00", "2026-01-01 13:11:00"]),
        ("cron(*/30 20-23/3 * * ? *)", ["2026-01-01 20:00:00", "2026-01-01 20:30:00", "2026-01-01 23:00:00"]),
        ("cron(5,35 14 1,15 JAN,MAR ? *)", ["2026-01-01 14:05:00", "2026-01-01 14:35:00", "2026-01-15 14:05:00"]),
        ("cron(0 0 ? * 3#2 *)", ["2026-01-13 00:00:00", "2026-02-10 00:00:00"]),
        ("cron(0 0 ? * TUE#2 *)", ["2026-01-13 00:00:00", "2026-02-10 00:00:00"]),
        ("cron(0 0 ? * L *)", ["2026-01-03 00:00:00", "2026-01-10 00:00:00"]),
        ("cron(0 0 L * ? *)", ["2026-01-31 00:00:00", "2026-02-28 00:00:00", "2026-03-31 00:00:00"]),
        # The third of January is a Saturday, the first of February a Sunday, the thirty-first of May too.
        ("cron(0 0 3W 1 ? *)", ["2026-01-02 00:00:00"]),
        ("cron(0 0 1W 2 ? *)", ["2026-02-02 00:00:00"]),
        ("cron(0 0 31W 5 ? *)", ["2026-05-29 00:00:00"]),
        ("cron(0 0 1W 8 ? *)", ["2026-08-03 00:00:00"]),
        ("cron(0 0 31W * ? *)", ["2026-01-30 00:00:00", "2026-03-31 00:00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00:00", "2032-02-29 00:00:00"]),
        ("cron(0 0 1 1 ? 2027-2028)", ["2027-01-01 00:00:00", "2028-01-01 00:00:00"]),
    ],
)
def test_a_schedule_fires_when_its_expression_says(expression: str, times: list[str]) -> None:
    schedule, found, moment = parse(expression), list[str](), NOW

    for _ in times:
        fires = schedule.next(moment)
        assert fires is not None
        found.append(f"{fires:%Y-%m-%d %H:%M:%S}")
        moment = fires

    assert found == times


@pytest.mark.parametrize("expression", ["cron(0 0 30 2 ? *)", "cron(0 0 * * ? 2025)"])
def test_a_schedule_may_never_fire(expression: str) -> None:
    assert parse(expression).next(NOW) is None


# Refused by AWS: https://github.com/localstack/localstack/blob/main/tests/aws/services/events/test_events_schedule.py,
# https://github.com/aws/aws-sdk-js/issues/4212, https://github.com/serverless/serverless/issues/2781,
# https://github.com/winglang/wing/issues/7115 and https://github.com/cds-snc/notification-terraform/pull/344.
REFUSED = [
    *("rate(10 seconds)", "rate(10 years)", "rate(1 minutes)", "rate(1 hours)", "rate(1 days)", "rate(10 minute)"),
    *("rate(10 hour)", "rate(10 day)", "rate()", "rate(10)", "rate(10 minutess)", "rate(foo minutes)"),
    *("rate(0 minutes)", "rate(-10 minutes)", "rate(10 MINUTES)", "rate( 10 minutes )", " rate(10 minutes)"),
    *("cron(*/60 * * * ? *)", "cron(55 7-23 * * * *)", "cron(15 12 ? * -1 *)", "cron(*/1 * * * *)"),
]

# Not in the guide, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html.
UNLISTED = [
    *("every day", "cron()", "cron(INVALID)", "at(2026-01-01T00:00:00)", "cron(0 10 ? * ? *)", "cron(60 0 * * ? *)"),
    *("cron(0 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)"),
    *("cron(0 0 ? * 0 *)", "cron(0 0 * * ? 1969)", "cron(0 0 ? * NOT *)", "cron(0 0 * FOO ? *)", "cron(? 0 * * ? *)"),
    *("cron(0 0 3#2 * ? *)", "cron(0 0 ? * 3#1,6#3 *)", "cron(0 0 ? * 3#6 *)", "cron(0 0 ? * 3W *)"),
    *("cron(0 0 32W * ? *)", "cron(L 0 * * ? *)", "cron(0/0 0 * * ? *)", "cron(30-10 0 * * ? *)", "cron(0, 0 * * ? *)"),
    *("cron(0 0 ? * 2/2 *)", "cron(0 0 ? * mon *)", "cron(0 0 * * ? *) ", "rate(99999999999999999 days)"),
]


@pytest.mark.parametrize("expression", REFUSED + UNLISTED)
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InvalidExpressionError):
        parse(expression)


# Rules ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(unhurried: Sandbox) -> Clients:
    return clients_of(unhurried)


ECHO = f'''#!{sys.executable}
"""Prints what it is invoked with."""
import os, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"
while True:
    with urllib.request.urlopen(API + "/invocation/next") as response:
        id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        print("got", response.read().decode(), flush=True)
    urllib.request.urlopen(urllib.request.Request(API + f"/invocation/{{id}}/response", b"null"))
'''


class Rule:
    """A rule of a test's own that is to invoke its function."""

    def __init__(self, sandbox: Sandbox, client: Clients, function: Function):
        self.events, self.aws, self.name = client("events"), client("lambda"), function.name
        self.log_dir = sandbox.state_dir / "log"
        self.arn = f"arn:aws:events:us-east-1:123456789012:rule/{self.name}"
        self.target = function.create(archive(ECHO), Timeout=30)

    def put(self, expression: str = "rate(3 days)", state: str = "ENABLED", **target: Any) -> None:
        self.events.put_rule(Name=self.name, ScheduleExpression=expression, State=state)
        self.events.put_targets(Rule=self.name, Targets=[{"Id": "function", "Arn": self.target, **target}])

    def permit(self, **changes: str) -> None:
        permission = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": self.arn}
        self.aws.add_permission(FunctionName=self.name, StatementId="rule", **permission | changes)

    def received(self) -> list[Any]:
        """What the function was invoked with. There as soon as the invocation has ended."""
        path = self.log_dir / "lambda" / f"{self.name}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line.partition("got ")[2]) for line in lines if "got " in line]


@pytest.fixture
def rule(unhurried: Sandbox, client: Clients, function: Function) -> Iterator[Rule]:
    made = Rule(unhurried, client, function)
    yield made
    # Or it would be invoked in every later jump.
    if client("events").list_rules(NamePrefix=made.name)["Rules"]:
        client("events").disable_rule(Name=made.name)


def test_a_schedule_invokes_its_function_each_time_that_it_is_due(unhurried: Sandbox, rule: Rule) -> None:
    rule.put()
    rule.permit()

    unhurried.forward(30 * DAY)

    assert len(rule.received()) == 10


def test_the_first_time_is_one_interval_after_the_rule_was_made(unhurried: Sandbox, rule: Rule) -> None:
    rule.put("rate(2 hours)")
    rule.permit()

    unhurried.forward(1.5 * 3600)
    rule.put("rate(2 hours)")  # the same again changes nothing
    assert rule.received() == []

    unhurried.forward(0.5 * 3600)
    assert len(rule.received()) == 1


def test_a_changed_expression_begins_anew(unhurried: Sandbox, rule: Rule) -> None:
    rule.put("rate(2 hours)")
    rule.permit()
    unhurried.forward(1.5 * 3600)
    rule.put("rate(1 hour)")

    unhurried.forward(3600)

    assert len(rule.received()) == 1


def test_a_cron_schedule_fires_at_its_time_of_the_day(unhurried: Sandbox, rule: Rule) -> None:
    now = datetime.strptime(unhurried.forward(1), "%Y-%m-%dT%H:%M:%SZ")
    in_two_hours = now + timedelta(hours=2)
    rule.put(f"cron({in_two_hours.minute} {in_two_hours.hour} * * ? *)")
    rule.permit()

    unhurried.forward(1.5 * 3600)
    assert rule.received() == []
    unhurried.forward(0.5 * 3600)
    assert len(rule.received()) == 1
    unhurried.forward(DAY)
    assert len(rule.received()) == 2


def test_the_function_gets_the_scheduled_event(unhurried: Sandbox, rule: Rule) -> None:
    rule.put()
    rule.permit()
    unhurried.forward(3 * DAY)

    (event,) = rule.received()

    assert sorted(event) == sorted(
        ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]
    )
    del event["id"], event["time"]
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [rule.arn],
        "detail": {},
    }


def test_an_input_of_the_targets_own_is_sent_instead(unhurried: Sandbox, rule: Rule) -> None:
    rule.put(Input='{"greenlight": "wake"}')
    rule.permit()

    unhurried.forward(3 * DAY)

    assert rule.received() == [{"greenlight": "wake"}]


def test_a_rule_that_is_disabled_or_gone_fires_no_more(unhurried: Sandbox, rule: Rule) -> None:
    rule.put(state="DISABLED")
    rule.permit()
    unhurried.forward(4 * DAY)
    assert rule.received() == []

    rule.events.enable_rule(Name=rule.name)
    unhurried.forward(4 * DAY)
    assert len(rule.received()) == 1

    rule.events.disable_rule(Name=rule.name)
    unhurried.forward(4 * DAY)
    rule.put()
    unhurried.forward(4 * DAY)
    assert len(rule.received()) == 2

    rule.events.remove_targets(Rule=rule.name, Ids=["function"])
    rule.events.delete_rule(Name=rule.name)
    unhurried.forward(4 * DAY)
    assert len(rule.received()) == 2


@pytest.mark.parametrize(
    "permission",
    [
        {"Principal": "sns.amazonaws.com"},
        {"SourceArn": "arn:aws:events:us-east-1:123456789012:rule/another"},
        {"SourceAccount": "999999999999"},
        {"Action": "lambda:GetFunction"},
    ],
    ids=lambda permission: next(iter(permission)),
)
def test_a_function_whose_policy_does_not_let_the_rule_is_not_invoked(
    unhurried: Sandbox, rule: Rule, permission: dict[str, str]
) -> None:
    rule.put()
    rule.permit(**permission)

    unhurried.forward(3 * DAY)

    assert rule.received() == []
    why = (
        "An error occurred (AccessDeniedException) when calling the Invoke operation: User: events.amazonaws.com is "
        f"not authorized to perform: lambda:InvokeFunction on resource: {rule.target} because no resource-based policy "
        "allows the lambda:InvokeFunction action"
    )
    assert said(unhurried, f"{rule.arn}: target function ({rule.target}) cannot be invoked: {why}")


def test_a_permission_may_name_rules_by_a_pattern(unhurried: Sandbox, rule: Rule) -> None:
    rule.put()
    rule.permit(SourceArn="arn:aws:events:us-east-1:123456789012:rule/*", SourceAccount="123456789012")

    unhurried.forward(3 * DAY)

    assert len(rule.received()) == 1


def test_a_target_may_get_a_part_of_the_event_or_a_text_made_of_it(unhurried: Sandbox, rule: Rule) -> None:
    rule.put(InputPath="$.source")
    rule.permit()
    template = {
        "InputPathsMap": {"from": "$.source"},
        "InputTemplate": '{"text": "<from>", "rule": <aws.events.rule-arn>}',
    }
    rule.events.put_targets(Rule=rule.name, Targets=[{"Id": "b", "Arn": rule.target, "InputTransformer": template}])

    unhurried.forward(3 * DAY)

    assert sorted(rule.received(), key=str) == ["aws.events", {"text": "aws.events", "rule": rule.arn}]


def test_what_cannot_be_delivered_is_told_in_the_log(unhurried: Sandbox, rule: Rule) -> None:
    stream = "arn:aws:kinesis:us-east-1:123456789012:stream/none"
    rule.put(InputPath="$.detail.state")
    rule.permit()
    rule.events.put_targets(
        Rule=rule.name,
        Targets=[
            {"Id": "stream", "Arn": stream, "RoleArn": "arn:aws:iam::123456789012:role/none"},
            {"Id": "gone", "Arn": f"{rule.target}-gone"},
        ],
    )

    unhurried.forward(3 * DAY)

    assert rule.received() == []
    assert said(unhurried, f"{rule.arn}: target stream ({stream}) is not told: the sandbox's rules know functions and")
    nothing = f"{rule.arn}: target function ({rule.target}) is not told: the event has nothing at $.detail.state"
    assert said(unhurried, nothing)
    # A function that is not there has no policy that lets anybody in.
    gone = f"{rule.arn}: target gone ({rule.target}-gone) cannot be invoked: An error occurred (AccessDeniedException)"
    assert said(unhurried, gone)


def test_put_rule_refuses_what_is_no_schedule(client: Clients, name: str) -> None:
    answer = refused(client("events").put_rule, Name=name, ScheduleExpression="rate(1 minutes)")

    assert answer == (400, "ValidationException", "Parameter ScheduleExpression is not valid.")


# Helpers --------------------------------------------------------------------------------------------------------------


def said(sandbox: Sandbox, words: str) -> bool:
    return words in (sandbox.state_dir / "log" / "runtime.log").read_text()
