"""The command line of `guard`."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from greenlight import __main__ as cli
from greenlight.commands import guard
from tests.greenlight.guarded import FILE, LISTENER, Guard, Plan, review, weighted


@pytest.fixture
def run(
    aws: Any, context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Guard:
    """The exit code and the JSON of a guard of this plan, by default of the one that was reviewed."""
    aws.rules[LISTENER] = weighted(100, 0)
    monkeypatch.setattr(guard, "Session", lambda **_: aws)
    monkeypatch.setattr(guard, "Clock", lambda: context.clock)
    monkeypatch.delenv("GREENLIGHT_FINGERPRINT_KEY", raising=False)

    def run(document: Plan, reviewed: Any = None, *options: str, file: bytes | None = FILE) -> tuple[int, Any]:
        (tmp_path / "plan.json").write_text(json.dumps(document))
        (tmp_path / "review.json").write_text(json.dumps(reviewed or review(document)))
        words = ["guard", str(tmp_path / "plan.json"), "--reviewed", str(tmp_path / "review.json")]
        if file is not None:
            (tmp_path / "tfplan").write_bytes(file)
            words += ["--plan-file", str(tmp_path / "tfplan")]
        monkeypatch.setattr(sys, "argv", ["greenlight", *words, *(options or ("-o", "json"))])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told if options else json.loads(told.out)

    return run
