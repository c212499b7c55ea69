"""The trust policy of a role that Lambda and ECS may take: IAM refuses an empty one."""

from __future__ import annotations

import json
from typing import Any


def trust(**changes: Any) -> str:
    """With other members of its statement; without those that are None."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]},
        "Action": "sts:AssumeRole",
        **changes,
    }
    given = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [given]})


TRUST = trust()
