"""Signals that end a process from outside: Ctrl-C, a cancelled CI job, a terminal that is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # of which Windows has the first two
_taken: set[int] = set()  # those that `signals_as_ctrl_c` handles; none where this is not the command line


@contextmanager
def signals_as_ctrl_c() -> Iterator[None]:
    """Inside, they do what Ctrl-C does, which prints the release's id and the way back. nohup still ignores SIGHUP."""
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known if signal.getsignal(number) is not signal.SIG_IGN}
    _taken.update(before)
    heed()
    try:
        yield
    finally:
        for number, handler in before.items():
            # Once they are ignored it is until the process exits: its exit code is what counts.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)
        _taken.clear()


def ignore() -> None:
    """The outcome is known, and is told and exited with, whatever signal comes."""
    for number in _taken:
        signal.signal(number, signal.SIG_IGN)


def heed() -> None:
    """What was awaited is over, and something else begins."""
    for number in _taken:
        signal.signal(number, signal.default_int_handler)
