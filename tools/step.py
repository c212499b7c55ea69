"""Runs one step of the set-up: a line on the screen with its duration, everything else in a log.

    tools/step.py "Python packages" COMMAND [ARGUMENT ...]

On failure the end of the log is shown, and where the whole of it is. Runs on any Python 3.11, without packages.
"""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

LOGS = Path(".sandbox/setup")
SHOWN_LINES = 25


def main(title: str, *command: str) -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"\W+", "-", title.lower()).strip("-") + ".log")
    begin = time.monotonic()
    done = threading.Event()
    if not sys.stderr.isatty():  # whoever reads a log sees what is going on, too
        print(f"  {title:<44}", end="", file=sys.stderr, flush=True)
    ticker = threading.Thread(target=_tick, args=(title, begin, done))
    ticker.start()
    try:
        with log.open("w") as output:
            code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    finally:
        done.set()
        ticker.join()
    took = f"{time.monotonic() - begin:6.1f} s"
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {title:<44}", end="", file=sys.stderr)
    if code == 0:
        print(took, file=sys.stderr)
        return 0
    print(f"{took}  FAILED: {' '.join(command)}", file=sys.stderr)
    for line in log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]:
        print(f"    {line}", file=sys.stderr)
    print(f"  The whole log: {log}", file=sys.stderr)
    return code


def _tick(title: str, begin: float, done: threading.Event) -> None:
    """A person watching sees that it goes on; a log of a CI run does not need to."""
    while sys.stderr.isatty() and not done.wait(0.2):
        print(f"\r  {title:<44}{time.monotonic() - begin:6.1f} s …", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
