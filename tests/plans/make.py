"""Makes the golden set's plans with Terraform and a sandbox: `python -m tests.plans.make [NAME...]`.

Without a name, all of them, in about half an hour. What a person says of a plan stands in `labels.yaml` next
to it, and is not touched.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sandbox.launch import Sandbox
from tests.e2e import collector, orders, shop
from tests.e2e.changing import BASE
from tests.e2e.harness import IMAGE, ROOT, Environment, Stack, poll
from tests.plans import recorded
from tests.plans.case import Case, State, changed
from tests.plans.cases.around import AROUND
from tests.plans.cases.network import NETWORK
from tests.plans.cases.released import RELEASED
from tests.plans.cases.service import RELEASED_BY_CODEDEPLOY
from tests.plans.cases.team import TEAM, OfTeam
from tests.plans.cases.traffic import TRAFFIC
from tests.plans.cases.ways import WAYS
from tests.plans.cases.written import WRITTEN, Written
from tests.plans.edits import Synthesized
from tests.plans.typed import TYPED

CASES = (*WAYS, *TRAFFIC, *RELEASED_BY_CODEDEPLOY, *NETWORK, *AROUND, *RELEASED)
TIME_SCALE = 10


class Maker:
    """Makes plans of one deployed environment, and applies none of them."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._synthesized: dict[str, str] = {}

    def synthesized(self, settings: str) -> str:
        if settings not in self._synthesized:
            self.environment.synth(settings)
            self._synthesized[settings] = (self.environment.stack_folder / "cdk.tf.json").read_text()
        return self._synthesized[settings]

    def plan(self, case: Case) -> dict[str, Any]:
        """What `terraform show -json` says of the case's plan. Raises AssertionError where there is none."""
        deployed, text = self.synthesized(BASE), self.synthesized(case.settings)
        with case.by_hand(self.environment) if case.by_hand else nullcontext():
            return planned(self.environment, text, case, then=deployed)


def planned(stack: Stack, text: str, case: Case, *, then: str) -> dict[str, Any]:
    """A case's plan of a synthesized stack; in its folder there is `then` afterwards."""
    synthesized = Synthesized(text)
    options = [synthesized.filled(option) for option in case.options]
    for edit in case.edits:
        edit(synthesized)
    file = stack.stack_folder / "cdk.tf.json"
    file.write_text(synthesized.text())
    try:
        return shown(stack, *options)
    finally:
        file.write_text(then)


def shown(stack: Stack, *options: str) -> dict[str, Any]:
    """Plans what is in the stack's folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/plan"
        stack.terraform("plan", "-input=false", f"-out={file}", *options).succeed()
        document: dict[str, Any] = json.loads(stack.terraform("show", "-json", file).succeed())
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


def release_to_green(dev: Environment) -> None:
    dev.greenlight("deploy", "dev/api", "--image", ":print-blue").succeed()


def release_to_blue(dev: Environment) -> None:
    dev.greenlight("deploy", "dev/api", "--image", ":print-green").succeed()


def begin_to_shift(dev: Environment) -> None:
    """Releases in steps, in another way than the group is configured for, so that Terraform sees no more than that."""
    spec = json.loads(dev.greenlight("appspec", "dev/api").succeed())
    content = {"content": json.dumps(spec)}
    dev.client("codedeploy").create_deployment(
        applicationName="dev-api",
        deploymentGroupName="dev-api",
        deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        revision={"revisionType": "AppSpecContent", "appSpecContent": content},
    )
    poll("a tenth of the traffic is on green", lambda: 0 < dev.prod_weights()["dev-api-green"] < 100)


STEPS: dict[State, tuple[Callable[[Environment], None], ...]] = {
    State.EMPTY: (),
    State.CREATED: (deploy,),
    State.DEPLOYED: (settle,),
    State.GREEN_LIVE: (release_to_green,),
    State.BLUE_LIVE: (release_to_blue,),
    State.IN_SHIFT: (begin_to_shift,),
}


def make(cases: Collection[Case], folder: Path) -> list[str]:
    """Records the plans; returns the names of those that could not be made."""
    failed = []
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
            made = {}
            for case in cases:
                if case.state is state:
                    try:
                        made[case.name] = maker.plan(case)
                    except AssertionError as error:
                        failed.append(case.name)
                        print(f"{case.name}: {error}", file=sys.stderr)
            recorded.save_together("stack", made)
            print(f"{state}: {len(made)} plans", flush=True)
    return failed


def make_written(cases: Collection[Written], folder: Path) -> list[str]:
    """Records the plans; returns the names of those that could not be made."""
    failed = []
    with Sandbox(folder / "sandbox", time_scale=TIME_SCALE) as sandbox:
        for file in dict.fromkeys(case.file for case in cases):
            stack = Stack(sandbox, folder / "written", file)
            stack.stack_folder.mkdir(parents=True)
            shutil.copy(next((ROOT / "hook" / "dist").glob("*/bootstrap.zip")), stack.stack_folder / "function.zip")
            text = (Path(__file__).parent / "hcl" / f"{file}.tf").read_text()
            main_file = stack.stack_folder / "main.tf"
            main_file.write_text(text)
            stack.terraform("init", "-input=false").succeed()
            chosen = [case for case in cases if case.file == file]
            made = {case.name: shown(stack) for case in chosen if case.first}
            stack.terraform("apply", "-auto-approve", "-input=false").succeed()
            stack.terraform("apply", "-refresh-only", "-auto-approve", "-input=false").succeed()
            for case in (case for case in chosen if not case.first):
                try:
                    if case.before:
                        case.before(stack)
                    main_file.write_text(changed(text, case.replacements))
                    made[case.name] = shown(stack, *case.options)
                except AssertionError as error:
                    failed.append(case.name)
                    print(f"{case.name}: {error}", file=sys.stderr)
                main_file.write_text(text)
            recorded.save_together("hcl", made)
            print(f"{file}.tf: {len(made)} plans", flush=True)
    return failed


def make_of_team(cases: Collection[OfTeam], folder: Path) -> list[str]:
    """Records the plans; returns the names of those that could not be made."""
    failed, made = [], {}
    with Sandbox(folder / "sandbox", time_scale=TIME_SCALE) as sandbox:
        registry, team = (Environment(sandbox, folder, name) for name in ("registry", "shop"))
        registry.greenlight("bootstrap").succeed()
        ground = shop.prepare(registry)
        registry.apply(shop.REGISTRY).succeed()
        program = orders.executable(sandbox.state_dir)
        team.push("print-orders", program, "--env", "RELEASE=Blue", repository="shop/orders")
        team.push("print-green", IMAGE, "--env", "RELEASE=Green")
        team.push("one", collector.executable(sandbox.state_dir), repository="collector")
        team.apply(shop.settings(ground)).succeed()
        for environment in (registry, team):
            settle(environment)
        for case in cases:
            environment, text = (registry, shop.REGISTRY) if case.of_registry else (team, shop.settings(ground))
            environment.synth(case.settings(text, ground.network.private))
            try:
                made[case.name] = shown(environment, "-refresh=false")  # nothing has changed since
            except AssertionError as error:
                failed.append(case.name)
                print(f"{case.name}: {error}", file=sys.stderr)
    recorded.save_together("team", made)
    print(f"team: {len(made)} plans", flush=True)
    return failed


def main(names: list[str]) -> int:
    recorded.save_together("typed", TYPED)
    known = {case.name for case in CASES} | {case.name for case in WRITTEN} | {case.name for case in TEAM}
    unknown = set(names) - known
    if unknown:
        print(f"no such plan: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        of_stack = [case for case in CASES if not names or case.name in names]
        written = [case for case in WRITTEN if not names or case.name in names]
        of_team = [case for case in TEAM if not names or case.name in names]
        failed = make(of_stack, Path(folder) / "stack") if of_stack else []
        failed += make_written(written, Path(folder) / "written") if written else []
        failed += make_of_team(of_team, Path(folder) / "team") if of_team else []
    print(f"not made: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
