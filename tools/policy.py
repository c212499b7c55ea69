"""Runs checkov as `.checkov.yaml` says, on synthesized stacks or on a plan.

    tools/policy.py FOLDER       every stack below it, as `cdktf synth` writes them
    tools/policy.py PLAN.json    what `terraform show -json` prints of a plan

checkov itself ends with 0 where it could not read what it was given: a plan's binary file, a broken stack, a mistyped
name. Here that is an error. Exit codes: 0 nothing found, 1 findings or an error.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECKOV = Path(".checkov/bin/checkov")


class PolicyError(Exception):
    """What was given could not be checked. The message says why."""


def main(path: Path) -> int:
    try:
        if path.is_dir():
            return _checkov(["--directory", str(path)])
        content = _plan(path)
        if content is None:
            print(f"{path} leaves no resource: there is nothing to check")
            return 0
        # A plan has values in the clear: its copy is readable by its owner only, and gone at the end.
        with tempfile.TemporaryDirectory(prefix="greenlight-policy-") as folder:
            plan = Path(folder, "plan.json")  # the name by which .checkov.yaml knows a plan
            plan.write_bytes(content)
            return _checkov(["--file", str(plan)])
    except PolicyError as error:
        print(f"error: {path} {error}", file=sys.stderr)
        return 1


def _plan(file: Path) -> bytes | None:
    """Its JSON; None where it destroys everything."""
    try:
        content = file.read_bytes()
        plan = json.loads(content)
    except FileNotFoundError:
        raise PolicyError("is not there") from None
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or not {"format_version", "planned_values"} <= plan.keys():
        raise PolicyError("is no plan as JSON: make one with `terraform show -json PLAN > plan.json`")
    return content if plan["planned_values"].get("root_module") else None


def _checkov(target: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="greenlight-policy-") as folder:
        report = Path(folder, "report.json")
        outputs = ["--output", "cli", "--output", "json", "--output-file-path", f"console,{report}"]
        # Otherwise it asks the package index for a newer version of itself.
        environment = os.environ | {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
        code = subprocess.run([CHECKOV, *target, *outputs], env=environment).returncode
        counts = _counts(json.loads(report.read_text()) if report.exists() else [])
    if counts["parsing_errors"]:
        raise PolicyError("has what checkov cannot parse")
    if not counts["passed"] + counts["failed"]:
        raise PolicyError("has nothing that checkov could check")
    return code


def _counts(report: Any) -> dict[str, int]:
    """Of a report as checkov writes it: one object, or a list of one for each framework that found something."""
    counts = [one.get("summary", one) for one in (report if isinstance(report, list) else [report])]
    return {name: sum(one[name] for one in counts) for name in ("passed", "failed", "parsing_errors")}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
