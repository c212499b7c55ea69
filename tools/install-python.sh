#!/bin/sh
# Makes .venv with the locked packages. pipenv follows whatever package index this machine is set up with.
set -eu
python=$1
rm -rf .venv
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check "pipenv==2026.10.3" "setuptools>=70.1"
VIRTUAL_ENV="$PWD/.venv" PIPENV_VERBOSITY=-1 .venv/bin/pipenv sync --dev
# The `greenlight` command; its dependencies are there already.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch .venv/installed
