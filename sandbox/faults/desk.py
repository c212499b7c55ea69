"""What the running sandbox answers to ``python -m sandbox fault``: ``PUT /_sandbox/faults``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.faults import names
from sandbox.faults.model import CALL_KINDS, CLIENTS, SUBJECTS, WIRE_KINDS, Fault, Limits
from sandbox.faults.switch import SWITCH


class RefusedError(Exception):
    """What was asked for cannot be; the message says what can."""


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """``{"do": "add", …}`` (as `command.add` sends it), ``{"do": "list"}`` or ``{"do": "clear", "ids": […]}``.

    Raises RefusedError. It may wait for a service model to be read.
    """
    if asked["do"] == "add":
        return _described(_add(asked))
    if asked["do"] == "clear":
        _clear(asked["ids"])
    return {"faults": [{**_described(fault), "over": over} for fault, over in SWITCH.listed()]}


def _add(asked: Mapping[str, Any]) -> Fault:
    kind, words = asked["kind"], asked["where"]
    by = asked.get("by")
    try:
        if kind in CALL_KINDS:
            if len(words) != 1:
                raise RefusedError(f"{kind} is of calls: say SERVICE:ACTION, SERVICE:* or *, got {' '.join(words)}")
            subject, by = names.call(words[0]), names.caller(by or CLIENTS)
        elif kind in WIRE_KINDS:
            if len(words) != 2 or words[0] not in SUBJECTS:
                raise RefusedError(f"{kind} is of one of {', '.join(SUBJECTS)}: say which, got {' '.join(words)}")
            if by is not None:
                raise RefusedError(f"{kind} is not of calls of AWS's API, so there is nobody to name")
            if (kind, words[0]) == ("gone", "listener"):
                raise RefusedError("a listener is not gone by itself: delete it, or close its security group")
            subject, by = names.subject(words[0], words[1]), CLIENTS
        else:
            raise RefusedError(f"there is no fault {kind}: {', '.join([*CALL_KINDS, *WIRE_KINDS])}")
    except names.UnknownError as problem:
        raise RefusedError(str(problem)) from None
    fault = Fault(
        kind=kind,
        subject=subject,
        said=" ".join(words),
        seconds=float(asked.get("seconds") or 0),
        by=by,
        limits=Limits(**asked.get("limits", {})),
    )
    SWITCH.add(fault)
    return fault


def _clear(ids: list[str]) -> None:
    known = [fault.id for fault, _ in SWITCH.listed()]
    try:
        SWITCH.clear(ids or known)
    except KeyError as missing:
        there = f"there are {', '.join(known)}" if known else "none is switched on"
        raise RefusedError(f"there is no fault {missing.args[0]}: {there}") from None


def _described(fault: Fault) -> dict[str, Any]:
    return {"id": fault.id, "text": str(fault), "hits": fault.hits}
