"""Runs one step of the set-up or the gate: lines on the screen as it begins and ends, everything else in a log.

    tools/step.py "Python packages" COMMAND [ARGUMENT ...]

Steps may run side by side, so each thing that is said is one write of whole lines. On failure the end of the log is
shown, and where the whole of it is. Runs on any Python 3.11, without packages.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

LOGS = Path(".sandbox/setup")
SHOWN_LINES = 80


def main(title: str, *command: str) -> int:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"\W+", "-", title.lower()).strip("-") + ".log")
    begin = time.monotonic()
    _say(f"{title} …")
    with log.open("w") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    ended = f"{title:<44}{time.monotonic() - begin:6.1f} s"
    if code == 0:
        _say(ended)
        return 0
    shown = [f"  {line}" for line in log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]]
    _say(f"{ended}  FAILED: {' '.join(command)}", *shown, f"The whole log: {log}")
    return code


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"  {line}\n" for line in lines))
    sys.stderr.flush()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
