"""What checkov prints, and what `.checkov.yaml` keeps it from finding."""

import re
from pathlib import Path

import pytest
import yaml

from tools import policy

ROOT = Path(__file__).parent.parent
_CONFIG = yaml.safe_load((ROOT / ".checkov.yaml").read_text())
_OF_PLANS = r":(.*/)?plan\.json"

SKIPPED_IN_PLANS = {check.removesuffix(_OF_PLANS) for check in _CONFIG["skip-check"] if check.endswith(_OF_PLANS)}
SKIPPED = {check.partition(":")[0] for check in _CONFIG["skip-check"]} - SKIPPED_IN_PLANS

needed = pytest.mark.skipif(
    not (ROOT / policy.CHECKOV).exists(), reason="`make test` and `make policy` install checkov"
)


def skip_nothing(folder: Path) -> Path:
    """Makes `folder` one in which checkov skips no check, when it runs there."""
    (folder / ".checkov.yaml").write_text(yaml.safe_dump(_CONFIG | {"skip-check": []}))
    for name in (".checkov", "policy"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def findings(printed: str) -> set[tuple[str, str]]:
    """Check and resource."""
    return set(re.findall(r"^Check: (\w+):.*\n\s+FAILED for resource: (\S+)$", printed, re.MULTILINE))
