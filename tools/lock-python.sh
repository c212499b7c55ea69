#!/bin/sh
# Locks the Python packages, without writing down which package index answered here.
set -eu
VIRTUAL_ENV="$PWD/.venv" PIPENV_VERBOSITY=-1 .venv/bin/pipenv lock
.venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

file = Path("Pipfile.lock")
lock = json.loads(file.read_text())
lock["_meta"]["sources"] = []
for section in ("default", "develop"):
    for package in lock[section].values():
        package.pop("index", None)
file.write_text(json.dumps(lock, indent=4) + "\n")
PYTHON
