"""The phases of a release, each as a place where a test can hold it up for as long as it wants."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.e2e.harness import Command
from tests.failures import gates
from tests.failures.drill import CANARY, CANARY_MINUTES, HOUR, Drill
from tests.failures.patience import poll

BEFORE_PRODUCTION = ("BeforeInstall", "Install", "AfterInstall", "AfterAllowTestTraffic", "Ready", "BeforeAllowTraffic")
IN_PRODUCTION = ("AllowTraffic", "AfterAllowTraffic", "bake")
PHASES = (*BEFORE_PRODUCTION, *IN_PRODUCTION)
CALLED = {"Ready": "the approval wait", "AllowTraffic": "AllowTraffic (10 %)", "bake": "the bake"}
"""What docs/failures.md calls those that are no lifecycle event."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A release that is held up in a phase."""

    tag: str
    deploy: Command
    deployment: str
    let_go: Callable[[], None]
    """So that it goes on to its bake."""


@contextmanager
def held(drill: Drill, phase: str) -> Iterator[Held]:
    """A release of another version, by `greenlight deploy`, that has come to this phase and stays there.

    Whatever holds it up is gone afterwards.
    """
    tag = {"Install": "slow", "BeforeAllowTraffic": "unproven"}.get(phase) or drill.good()
    with ExitStack() as around, ExitStack() as hold:
        match phase:
            case "Install":
                around.enter_context(drill.grace(2 * HOUR))
                hold.enter_context(drill.candidate_held())
            case "Ready":
                around.enter_context(drill.approval(minutes=60))
            case "BeforeAllowTraffic":
                around.enter_context(drill.patient_hook())
                hold.enter_context(drill.candidate_held())
            case _ if phase in gates.EVENTS:
                hold.enter_context(drill.gates.held(phase))
        deploy = drill.deploy(tag, *(("--config", CANARY) if phase == "AllowTraffic" else ()))
        deployment = drill.begun(deploy)
        _arrive(drill, deployment, phase)

        def let_go() -> None:
            match phase:
                case "Ready":
                    drill.approve(deployment)
                case "AllowTraffic":
                    drill.sandbox.forward(CANARY_MINUTES * 60)
            hold.close()

        yield Held(tag=tag, deploy=deploy, deployment=deployment, let_go=let_go)


def _arrive(drill: Drill, deployment: str, phase: str) -> None:
    match phase:
        case "Ready":
            poll("it waits for an approval", lambda: drill.info(deployment)["status"] == "Ready")
        case "AllowTraffic":
            poll("the candidate has a tenth", lambda: sorted(drill.weights().values()) == [10, 90])
        case "bake":
            drill.bakes(deployment)
        case _:
            drill.reaches(deployment, phase)
