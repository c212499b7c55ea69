"""Refuses a synthesized configuration that could make `terraform plan` run a program, or show a file of its machine.

In CI a plan has credentials, and its configuration comes from the pull request's code. Providers and modules are
programs that a configuration may name; the AWS provider and the S3 backend can be told to run one for credentials; a
function such as file() reads what the job can read. `main.py` uses none of these.

    python3 tools/configuration.py cdktf.out/stacks/dev/cdk.tf.json …
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PARTS = {"//", "data", "locals", "output", "provider", "resource", "terraform"}
TERRAFORM = {"backend", "required_providers"}
PROVIDER = {"allowed_account_ids", "default_tags", "region"}
BACKEND = {"allowed_account_ids", "bucket", "key", "region", "use_lockfile"}
# With `fileexists`, which tells yes or no.
_READS_A_FILE = re.compile(r"\b(?:file(?!exists\b)\w*|templatefile)\s*\(")


def mistakes(configuration: Any) -> Iterator[str]:
    """Why `terraform plan` is not safe with it, one line each."""
    if not isinstance(configuration, dict):
        yield "is no object"
        return
    yield from _beyond("the configuration", configuration, PARTS)
    terraform = configuration.get("terraform", {})
    yield from _beyond("terraform", terraform, TERRAFORM)
    yield from _beyond("terraform.backend", terraform.get("backend", {}), {"s3"})
    yield from _beyond("terraform.backend.s3", terraform.get("backend", {}).get("s3", {}), BACKEND)
    required = terraform.get("required_providers", {})
    yield from _beyond("terraform.required_providers", required, {"aws"})
    if (source := required.get("aws", {}).get("source")) != "hashicorp/aws":
        yield f"terraform.required_providers.aws.source: must be hashicorp/aws, got {json.dumps(source)}"
    providers = configuration.get("provider", {})
    yield from _beyond("provider", providers, {"aws"})
    for number, provider in enumerate(providers.get("aws", [])):
        yield from _beyond(f"provider.aws.{number}", provider, PROVIDER)
    for part in ("data", "resource"):
        # A type's prefix is its provider, wherever nothing else is said.
        for kind, named in configuration.get(part, {}).items():
            if not kind.startswith("aws_"):
                yield f"{part}.{kind}: only AWS's own are planned here"
            for name, one in named.items():
                for key in sorted({"connection", "provider", "provisioner"} & set(one)):
                    yield f"{part}.{kind}.{name}.{key}: is not for a plan in CI"
    for text in _texts(configuration):
        if "${" in text and (found := _READS_A_FILE.search(text)):
            yield f"{json.dumps(text[:80])}: {found[0]}) reads a file of the machine that plans"


def _beyond(place: str, given: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in sorted(set(given) - known):
        yield f"{place}: has {key}, and only {', '.join(sorted(known - {'//'}))} may be there"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def main(files: list[str]) -> int:
    found = []
    for file in files:
        try:
            found += [f"{file}: {mistake}" for mistake in mistakes(json.loads(Path(file).read_text()))]
        except (OSError, ValueError, AttributeError, TypeError) as error:
            found.append(f"{file}: cannot be read as a configuration: {error}")
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
