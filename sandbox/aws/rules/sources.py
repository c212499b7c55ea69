"""Where AWS's own answers were written down by other projects, so that a rule can name the very one it rests on."""

from __future__ import annotations


def tried(rule: str) -> str:
    """A deployment that AWS refused, with its message: ``tried("ecs/pf-ecs-essential-container")``."""
    return f"https://github.com/badmintoncryer/cdk-preflight/blob/main/rules/{rule}/meta.yaml"


def recorded(test: str) -> str:
    """An answer of AWS's recorded for a test, with its code and status: ``recorded("s3/test_s3_api")``."""
    return f"https://github.com/localstack/localstack/blob/main/tests/aws/services/{test}.snapshot.json"
