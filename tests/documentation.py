"""The shell blocks of README and docs, and which of their commands run where."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "hook/README.md", "sandbox/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]

# Begin with these, and nobody runs them here. `greenlight` and `make` are not named: test_documentation.py holds them
# against the CLI and the Makefile. Everything else, test_2_documentation.py runs.
NOT_RUN = {
    "docker ": "no Docker here",
    "sed -i ": "edits the reader's settings: test_documentation.py does it to copies of them",
    "aws ecr ": "a registry to push to, with Docker",
    "pipx install ": "this repository's own address",
    "go run ": "CI's job for the workflows",
    "export AWS_PROFILE=": "an account of the reader's",
    "python -m sandbox.conformance.janitor ": "what a run on an account has left",
    "npx cdktf ": "test_1_deploy.py and test_9_destroy.py run cdktf, with the verbs that are named here",
    "(cd cdktf.out/stacks/sandbox && terraform plan ": "test_1_deploy.py plans again, and again after each release",
    "python3 tools/configuration.py ": "test_2_workflows.py runs it, and what follows it in docs/github.md",
    "cd cdktf.out/stacks/sandbox": "as above",
    "terraform init ": "as above",
    "terraform plan -input=false ": "as above",
    "aws ecs deploy ": "test_5_aws_cli.py runs it",
    "terraform show -json tfplan ": "test_5_guard.py runs it",
    "cd cdktf.out/stacks/dev": "tests/state types what stands in docs/operations.md",
    "rm ": "as above",
    "terraform force-unlock ": "as above",
    "terraform refresh ": "as above",
    "aws apigatewayv2 delete-vpc-link ": "as above",
    "aws s3api ": "as above",
    "export BUCKET=": "as above",
    "export IDLE=": "as above",
    "export GROUP=": "as above",
    "aws elbv2 modify-target-group ": "as above",
    "cp environments/prod.tftest.hcl ": "test_0_example.py runs it",
    "cd cdktf.out/stacks/prod ": "test_0_example.py runs it",
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of shell commands."""

    file: Path
    line: int
    commands: tuple[str, ...]
    """Whole commands, without comments: several lines where they continue or have a document in them."""

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def blocks() -> list[Block]:
    return [block for file in FILES for block in _of(file)]


def not_run(command: str) -> bool:
    return any(command.startswith(start) for start in NOT_RUN)


def _of(file: Path) -> Iterator[Block]:
    text = file.read_text()
    for found in re.finditer(r"^```(?:sh|bash|shell|console)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(file=file, line=line, commands=tuple(_commands(found[1])))


def _commands(code: str) -> Iterator[str]:
    lines = iter(code.splitlines())
    for line in lines:
        command = _without_comment(line)
        while command.endswith("\\"):
            command = f"{command[:-1].rstrip()} {_without_comment(next(lines)).strip()}"
        if document := re.search(r"<<'(\w+)'", command):
            for inner in lines:
                command += f"\n{inner}"
                if inner == document[1]:
                    break
        if command:
            yield command


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s+)# .*$", "", line).rstrip()


def with_parts(text: str, parts: Mapping[str, str]) -> str:
    """A document with each of these parts, by name, between its marks. Raises AssertionError where it has no such."""
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"there is no {begin} … {end}"
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text
