"""What `make sandbox` puts into the empty account, so that the ordinary commands work at once: the commands themselves.

The state bucket is `greenlight bootstrap`'s, the two images are what `python -m sandbox push` makes of one binary.
"""

import os
import subprocess
import sys
from pathlib import Path

from sandbox.state import Settings

RELEASES = {"api:print-green": "Green", "api:print-blue": "Blue"}


class SeedError(Exception):
    """One of the commands failed. The message has which, and what it said."""


def plant(settings: Settings, binary: Path) -> list[str]:
    """Runs the commands against the sandbox of `settings`. Returns what is there then, for a person to read."""
    bucket = _run(settings, "greenlight", "bootstrap")
    for name, release in RELEASES.items():
        _run(settings, "sandbox", "push", name, "--binary", str(binary), "--env", f"RELEASE={release}")
    return [f"the state bucket {bucket}", *(f"the image {name}" for name in RELEASES)]


def _run(settings: Settings, *command: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=kept | settings.client_variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SeedError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()
