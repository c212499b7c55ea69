"""What users have deployed before they come to what is here."""

import io
import subprocess
import tarfile
from pathlib import Path

from tests.e2e.harness import ROOT

VERSION = "0.2.0"
COMMIT = "1778664b24a797f30c5244091e7cc77b77aabce2"


def check_out(folder: Path) -> Path:
    """Its files, in `folder`. The hook's zip is the one that is built here: a binary of then would take minutes.

    Raises AssertionError where this clone does not have the commit.
    """
    found = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True)
    assert found.returncode == 0, (
        f"{VERSION} is commit {COMMIT}, which this clone does not have: `git fetch --unshallow` brings it. "
        + found.stderr.decode()
    )
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as files:
        files.extractall(folder, filter="data")
    (folder / "hook" / "dist").symlink_to(ROOT / "hook" / "dist")
    return folder
