import pytest

from environments.alarms import Alarms
from modules.inputs import AlarmSettings, NotifySettings

from .conftest import MINIMAL, Loaded, Mistakes

PERCENT, SECONDS = (Alarms.model_fields[name].description for name in ("error_percent", "latency_p99_seconds"))


def service(keys: str) -> str:
    return f"{MINIMAL}    {keys}\n"


def test_no_alarm_stops_a_release_and_nobody_is_told_by_default(loaded: Loaded) -> None:
    settings = loaded(MINIMAL)

    assert settings.services["api"].release_alarms == AlarmSettings(more=[])
    assert settings.notices is None


def test_alarms_and_who_is_told_of_them_are_chosen(loaded: Loaded) -> None:
    text = service("alarms: {error_percent: 1, latency_p99_seconds: 0.8, minimum_requests: 50, more: [orders-lost]}")
    settings = loaded(text + "notify: {emails: [on-call@example.com], api_error_percent: 5}\n")

    assert settings.services["api"].release_alarms == AlarmSettings(
        error_percent=1, latency_p99_seconds=0.8, minimum_requests=50, more=["orders-lost"]
    )
    assert settings.notices == NotifySettings(emails=["on-call@example.com"], api_error_percent=5)


@pytest.mark.parametrize(
    ("alarms", "expected"),
    [
        ("error_percent: 100", f"error_percent: input should be less than 100, got 100 ({PERCENT})"),
        ("error_percent: -1", f"error_percent: input should be greater than or equal to 0, got -1 ({PERCENT})"),
        ("latency_p99_seconds: 0", f"latency_p99_seconds: input should be greater than 0, got 0 ({SECONDS})"),
        (
            "minimum_requests: 20",
            ": minimum_requests is not read without error_percent or latency_p99_seconds: give one, or leave it out",
        ),
        ("more: ['']", "more: an alarm's name has 1 to 255 characters, got 0"),
        (
            "more: [arn:aws:cloudwatch:eu-west-1:111111111111:alarm:lost]",
            "more: must be names of alarms, not ARNs, got 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:lost'",
        ),
        ("more: [lost, lost]", "more: has 'lost' more than once"),
        (
            "error_percent: 1, latency_p99_seconds: 1, more: [a, b, c, d, e, f, g]",
            ": more must have at most 6: a deployment group takes 10 alarms, and 4 are made, got 7",
        ),
    ],
)
def test_alarms_that_could_not_work_are_refused(mistakes: Mistakes, alarms: str, expected: str) -> None:
    separator = "" if expected.startswith(":") else "."

    assert mistakes(service(f"alarms: {{{alarms}}}")) == [f"services.api.alarms{separator}{expected}"]


def test_a_latency_that_no_answer_can_have_is_refused(mistakes: Mistakes) -> None:
    assert mistakes(service("alarms: {latency_p99_seconds: 10}")) == [
        "services.api: alarms.latency_p99_seconds must be less than request_timeout_seconds, after which no answer "
        "counts: 10, got 10"
    ]


@pytest.mark.parametrize(
    ("notify", "expected"),
    [
        ("api_error_percent: 5", "notify: needs either topic or emails, got none"),
        (
            "topic: arn:aws:sns:eu-west-1:111111111111:on-call, emails: [a@b.c]",
            "notify: needs either topic or emails, got both",
        ),
        ("emails: [nobody]", "notify.emails.0: must be an e-mail address, got 'nobody'"),
        ("emails: [a@b.c, a@b.c]", "notify.emails: has 'a@b.c' more than once"),
        *(
            (
                f"topic: {topic}",
                "notify.topic must be the ARN of a standard topic of this account and region, such as "
                f"arn:aws:sns:eu-west-1:111111111111:on-call, got '{topic}'",
            )
            for topic in (
                "on-call",
                "arn:aws:sns:us-east-1:111111111111:on-call",
                "arn:aws:sns:eu-west-1:222222222222:on-call",
                "arn:aws:sns:eu-west-1:111111111111:on-call.fifo",
            )
        ),
    ],
)
def test_who_could_not_be_told_is_refused(mistakes: Mistakes, notify: str, expected: str) -> None:
    assert mistakes(f"{MINIMAL}notify: {{{notify}}}\n") == [expected]
