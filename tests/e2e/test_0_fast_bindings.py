"""The shortcut in modules/fast_bindings.py changes nothing but the time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import environments

ROOT = Path(__file__).parent.parent.parent


def synthesized(folder: Path, **variables: str) -> dict[str, object]:
    """Every stack of the project, as `python main.py` writes it."""
    subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env=os.environ | {"CDKTF_OUTDIR": str(folder)} | variables,
        check=True,
        capture_output=True,
    )
    return {file.parent.name: json.loads(file.read_text()) for file in sorted(folder.glob("stacks/*/cdk.tf.json"))}


def test_every_stack_is_the_same_with_and_without_it(tmp_path: Path) -> None:
    quick = synthesized(tmp_path / "quick")

    assert sorted(quick) == environments.names()
    assert quick == synthesized(tmp_path / "published", GREENLIGHT_EAGER_BINDINGS="1")


def test_only_the_resources_in_use_are_imported() -> None:
    code = "import sys, main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    names = loaded.stdout.split()

    assert "cdktf_cdktf_provider_aws.ecs_service" in names
    assert "cdktf_cdktf_provider_aws.s3_bucket" not in names
