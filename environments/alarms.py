"""What stops a release, and who is told."""

import re
from collections import Counter
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from environments.shown import shown
from environments.values import Settings, Text, all_of
from modules import inputs
from modules.location import Location

_ARN = re.compile(r"arn:[a-z-]+:sns:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):[A-Za-z0-9_-]{1,256}")
_EMAIL = Text(r"[^\s@]+@[^\s@]+\.[^\s@]+", "an e-mail address", 320)


def _alarm_names(given: list[str]) -> list[str]:
    mistakes = [f"must be names of alarms, not ARNs, got {shown(name)}" for name in given if name.startswith("arn:")]
    mistakes += [
        f"an alarm's name has 1 to 255 characters, got {len(name)}" for name in given if not 1 <= len(name) <= 255
    ]
    all_of([*mistakes, *_twice(given)])
    return given


def _twice(given: list[str]) -> list[str]:
    return [f"has {shown(value)} more than once" for value, times in Counter(given).items() if times > 1]


def _emails(given: list[str]) -> list[str]:
    all_of(_twice(given))
    return given


class Alarms(Settings):
    """What stops a release and rolls it back: request by request, of each target group on its own."""

    error_percent: float | None = Field(
        inputs.AlarmSettings.error_percent,
        ge=0,
        lt=100,
        description="Over so many percent of a target group's requests in two of three minutes: 5xx of its tasks, and "
        "tasks that take no connection; default: no such alarm",
    )
    latency_p99_seconds: float | None = Field(
        inputs.AlarmSettings.latency_p99_seconds,
        gt=0,
        description="Over so many seconds for the slowest hundredth of a target group's answers in two of three "
        "minutes; less than request_timeout_seconds; default: no such alarm",
    )
    minimum_requests: int = Field(
        inputs.AlarmSettings.minimum_requests,
        ge=1,
        le=1_000_000,
        description="A minute with fewer requests to the target group is not judged. In a canary of 10 percent the "
        "candidate gets a tenth of what the service gets",
    )
    more: Annotated[list[str], AfterValidator(_alarm_names)] = Field(
        [],
        description="Names of your own CloudWatch alarms that stop a release too, such as one on orders; they must "
        "exist, in the same account and region",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        own = len(inputs.COLORS) * sum(one is not None for one in (self.error_percent, self.latency_p99_seconds))
        if own + len(self.more) > inputs.MOST_ALARMS:
            mistakes.append(
                f"more must have at most {inputs.MOST_ALARMS - own}: a deployment group takes {inputs.MOST_ALARMS} "
                f"alarms, and {own} are made, got {len(self.more)}"
            )
        if not own and "minimum_requests" in self.model_fields_set:
            mistakes.append(
                "minimum_requests is not read without error_percent or latency_p99_seconds: give one, or leave it out"
            )
        all_of(mistakes)
        return self


class Notify(Settings):
    """Who is told when an alarm fires, tasks are missing, or a release fails or is stopped."""

    topic: str | None = Field(
        None,
        description="ARN of your own SNS topic, in this account and region, whose policy lets cloudwatch.amazonaws.com "
        "and events.amazonaws.com publish",
    )
    emails: Annotated[list[Annotated[str, _EMAIL]], AfterValidator(_emails)] = Field(
        [], description="Instead of topic: a topic <name>-notify is made that writes to these; each has to confirm"
    )
    api_error_percent: float | None = Field(
        inputs.NotifySettings.api_error_percent,
        ge=0,
        lt=100,
        description="Tell when over so many percent of the API's requests are answered 5xx, in two of three minutes; "
        "stops no release; default: not told",
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.topic is None) == (not self.emails):
            raise ValueError(f"needs either topic or emails, got {'both' if self.emails else 'none'}")
        return self

    def mistakes(self, location: Location) -> list[str]:
        """What AWS would refuse in an environment of this account and region."""
        if self.topic is None:
            return []
        found = _ARN.fullmatch(self.topic)
        if found and (found["account"], found["region"]) == (location.account, location.region):
            return []
        return [
            f"notify.topic must be the ARN of a standard topic of this account and region, such as "
            f"{location.arn('sns', 'on-call')}, got {shown(self.topic)}"
        ]
