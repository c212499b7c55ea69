"""Signals that end a process from outside: a cancelled CI job, a terminal that is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_NAMES = ("SIGTERM", "SIGHUP")  # of which Windows has the first


@contextmanager
def signals_as_ctrl_c() -> Iterator[None]:
    """Inside, they do what Ctrl-C does, which prints the release's id and the way back. nohup still ignores SIGHUP."""
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
