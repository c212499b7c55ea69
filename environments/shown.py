"""How values are shown in messages: on one line, and cut, whatever was given."""

from reprlib import Repr

LONGEST = 80

_repr = Repr()
_repr.maxstring = _repr.maxother = LONGEST
_repr.maxlong = 40
_repr.maxlevel = 3
_repr.maxlist = _repr.maxtuple = _repr.maxdict = 4


def shown(value: object) -> str:
    """`value` in Python's notation, or YAML's null, true and false: on one line, at most 80 characters of it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = _repr.repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
