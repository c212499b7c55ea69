"""CloudWatch Logs: a log group has a class."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse as Response

from sandbox.aws.patch import replaces


@replaces(Response)
def create_log_group(self: Response) -> str:
    """moto forgets the class, without which a client cannot know what the group can do."""
    answer = create_log_group.moto(self)
    group = self.logs_backend.groups[self._get_param("logGroupName")]
    group.log_group_class = self._get_param("logGroupClass")
    return answer


@replaces(LogGroup)
def to_describe_dict(self: LogGroup) -> dict[str, Any]:
    given = getattr(self, "log_group_class", None)
    return {**to_describe_dict.moto(self), "logGroupClass": given or "STANDARD"}
