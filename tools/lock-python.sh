#!/bin/sh
# Locks the Python packages, without writing down which package index answered here.
set -eu
for folder in . policy; do
  VIRTUAL_ENV="$PWD/.venv" PIPENV_PIPFILE="$folder/Pipfile" PIPENV_VERBOSITY=-1 .venv/bin/pipenv lock
  .venv/bin/python - "$folder/Pipfile.lock" <<'PYTHON'
import json
import sys
from pathlib import Path

file = Path(sys.argv[1])
lock = json.loads(file.read_text())
lock["_meta"]["sources"] = []
for section in ("default", "develop"):
    for package in lock[section].values():
        package.pop("index", None)
file.write_text(json.dumps(lock, indent=4) + "\n")
PYTHON
done
