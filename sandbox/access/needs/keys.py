"""Condition keys: a service has one list of them, and each of its actions carries some."""

from __future__ import annotations

import re

from sandbox.access import reference
from sandbox.access.model import Keys


def carried(action: str, resource: str, keys: Keys) -> Keys:
    """Those that the action has by AWS's reference: a condition on another one never finds it."""
    known = reference.condition_keys(action, resource)
    return {key: value for key, value in keys.items() if _is_in(known, key.lower())}


def _is_in(known: frozenset[str], key: str) -> bool:
    """``s3:RequestObjectTag/x`` and ``kms:EncryptionContext:x`` are of families."""
    family = re.match(r"[^:]+:[^/:]+[/:]", key)
    return key in known or (family is not None and family[0] in known)


def text(value: object) -> tuple[str, ...]:
    """A request's value as a key has it; nothing where the request has none."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(str(one) for one in value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)
