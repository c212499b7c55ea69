"""A log group says which class it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]


@pytest.mark.parametrize(
    ("given", "told"), [({}, "STANDARD"), ({"logGroupClass": "INFREQUENT_ACCESS"}, "INFREQUENT_ACCESS")]
)
def test_a_log_group_is_of_the_standard_class_unless_another_is_asked_for(
    client: Client, name: str, given: dict[str, str], told: str
) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=name, **given)

    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]

    assert group["logGroupClass"] == told
