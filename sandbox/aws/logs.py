"""CloudWatch Logs: a log group has a class."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse as Response


def create_log_group(self: Response) -> str:
    """moto forgets the class, without which a client cannot know what the group can do."""
    answer: str = _create_log_group(self)
    group = self.logs_backend.groups[self._get_param("logGroupName")]
    group.log_group_class = self._get_param("logGroupClass")
    return answer


def to_describe_dict(self: LogGroup) -> dict[str, Any]:
    given = getattr(self, "log_group_class", None)
    return {**_to_describe_dict(self), "logGroupClass": given or "STANDARD"}


_create_log_group = Response.create_log_group
_to_describe_dict = LogGroup.to_describe_dict


def install() -> None:
    Response.create_log_group = create_log_group
    LogGroup.to_describe_dict = to_describe_dict
