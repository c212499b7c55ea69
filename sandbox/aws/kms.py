"""KMS: what a key's policy denies is looked at before, with its conditions; moto takes them on faith."""

from __future__ import annotations

from typing import Any

from moto.kms import responses

from sandbox.aws.patch import replaces


@replaces(responses)
def validate_policy(_key: Any, _action: str) -> None:
    """Nothing is left to look at."""
