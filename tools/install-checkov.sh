#!/bin/sh
# Makes .checkov with what policy/Pipfile.lock names. It is apart from .venv because checkov needs older versions of
# packages that are used here (boto3); 0.3 GB that only `make policy` needs.
set -eu
python=$1
rm -rf .checkov
"$python" -m venv .checkov
VIRTUAL_ENV="$PWD/.checkov" PIPENV_PIPFILE=policy/Pipfile PIPENV_VERBOSITY=-1 .venv/bin/pipenv sync
touch .checkov/installed
