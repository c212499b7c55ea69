"""Makes every text of the settings reach AWS as it was written.

Terraform reads each string as a template, in which `${` begins an expression and `%{` a directive; doubled, the sign
stands for itself. What comes before does not matter: of `$${`, the text whose own `$` is doubled is `$$${`.
"""

import re
import struct
from typing import TypeVar

from pydantic import BaseModel

T = TypeVar("T")

# cdktf's lib/tokens/private/encoding.js: texts that it replaces by references when it writes the stack …
_TOKEN_MARKERS = ("${TfToken[", "#{TfToken[", "&{TfToken[")
_TOKEN_TEXTS = ("String Map Token Value", "Any Map Token Value")
_NUMBER = re.compile(r"[-+]?(?<![0-9.])[0-9.]+[eE][-+]?[0-9]+")  # begins with a run of digits, or takes minutes
# … and the upper 16 bits of the numbers that it does so with, in text too, for one value and for a list.
_TOKEN_NUMBERS = (0xFDFF, 0xFBFF)


def literal(value: T) -> T:
    """`value` with every text in it, keys too, escaped for Terraform. Nothing that was validated is validated again."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")  # type: ignore[return-value]
    if isinstance(value, list):
        return [literal(item) for item in value]  # type: ignore[return-value]
    if isinstance(value, dict):
        return {literal(key): literal(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: literal(getattr(value, name)) for name in type(value).model_fields})
    return value


def is_token(value: str | float) -> bool:
    """Whether CDKTF would take (a part of) it for one of its own references."""
    if not isinstance(value, str):
        return _is_token_number(value)
    if value in _TOKEN_TEXTS or any(marker in value for marker in _TOKEN_MARKERS):
        return True
    return any(_is_token_number(number) for number in map(_to_number, _NUMBER.findall(value)))


def _to_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # such as 1.2.3e4
        return 0.0


def _is_token_number(number: float) -> bool:
    return int.from_bytes(struct.pack(">d", number)[:2]) in _TOKEN_NUMBERS
