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

    A shallow clone fetches the commit. Raises AssertionError where it cannot be had.
    """
    if _git("cat-file", "-e", COMMIT).returncode:
        _git("fetch", "--quiet", "--depth", "1", "origin", COMMIT)
    found = _git("archive", COMMIT)
    assert found.returncode == 0, f"no commit {COMMIT}, which is {VERSION}, in this clone: {found.stderr.decode()}"
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as files:
        files.extractall(folder, filter="data")
    (folder / "hook" / "dist").symlink_to(ROOT / "hook" / "dist")
    return folder


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Whoever owns the clone: CI's may be another user's, and it is only read here.
    return subprocess.run(["git", "-c", f"safe.directory={ROOT}", *arguments], cwd=ROOT, capture_output=True)
