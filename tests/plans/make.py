"""Makes the golden set's plans with Terraform and a sandbox: `python -m tests.plans.make [NAME...]`, in some minutes.

Without a name, all of them. What a person says of a plan stands in `labels.yaml` next to it, and is not touched.
"""

import json
import re
import sys
import tempfile
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sandbox.launch import Sandbox
from tests.e2e.changing import BASE
from tests.e2e.harness import IMAGE, Environment
from tests.plans import recorded
from tests.plans.case import Case, State
from tests.plans.edits import Synthesized
from tests.plans.stack_cases import CASES

TIME_SCALE = 20


class Maker:
    """Makes plans of one deployed environment, and applies none of them."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._synthesized: dict[str, str] = {}

    def synthesized(self, settings: str) -> Synthesized:
        file = self.environment.stack_folder / "cdk.tf.json"
        if settings not in self._synthesized:
            self.environment.synth(settings)
            self._synthesized[settings] = file.read_text()
        return Synthesized(self._synthesized[settings])

    def plan(self, case: Case) -> dict[str, Any]:
        """What `terraform show -json` says of the case's plan. Raises AssertionError where there is none."""
        stack = self.synthesized(case.settings)
        options = [stack.filled(option) for option in case.options]
        for edit in case.edits:
            edit(stack)
        file = self.environment.stack_folder / "cdk.tf.json"
        file.write_text(stack.text())
        try:
            with case.by_hand(self.environment) if case.by_hand else nullcontext():
                return shown(self.environment, *options)
        finally:
            file.write_text(self.synthesized(BASE).text())


def shown(environment: Environment, *options: str) -> dict[str, Any]:
    """Plans what is in the environment's folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/plan"
        environment.terraform("plan", "-input=false", f"-out={file}", *options).succeed()
        document: dict[str, Any] = json.loads(environment.terraform("show", "-json", file).succeed())
    return scrubbed(document)


def scrubbed(document: dict[str, Any]) -> dict[str, Any]:
    """Without the sandbox's address, which differs from run to run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:4566", json.dumps(document))
    scrubbed: dict[str, Any] = json.loads(text)
    return scrubbed


def deploy(dev: Environment) -> None:
    dev.terraform("apply", "-input=false", "-auto-approve").succeed()


def settle(dev: Environment) -> None:
    """Lets the state know what AWS has filled in since the create."""
    dev.terraform("apply", "-refresh-only", "-input=false", "-auto-approve").succeed()


def release(dev: Environment) -> None:
    dev.greenlight("deploy", "dev/api", "--image", ":print-blue").succeed()


STEPS = {State.EMPTY: (), State.CREATED: (deploy,), State.DEPLOYED: (settle,), State.GREEN_LIVE: (release,)}


def make(cases: Collection[Case], folder: Path) -> None:
    with Sandbox(folder / "sandbox", time_scale=TIME_SCALE) as sandbox:
        dev = Environment(sandbox, folder, "dev")
        dev.greenlight("bootstrap").succeed()
        for tag in ("print-green", "print-blue"):
            dev.push(tag, IMAGE, "--env", f"RELEASE={tag.removeprefix('print-').title()}")
        maker = Maker(dev)
        maker.synthesized(BASE)
        dev.terraform("init", "-input=false").succeed()
        last = max((list(State).index(case.state) for case in cases), default=-1)
        for state in list(State)[: last + 1]:
            for step in STEPS[state]:
                step(dev)
            for case in cases:
                if case.state is state:
                    recorded.save(f"stack/{case.name}", maker.plan(case))
                    print(case.name, flush=True)


def main(names: list[str]) -> int:
    unknown = set(names) - {case.name for case in CASES}
    if unknown:
        print(f"no such plan: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        make([case for case in CASES if not names or case.name in names], Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
