"""The ways in which Terraform is called, and in which resources come to it and leave it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.harness import Environment
from tests.plans.case import Case, State, settings
from tests.plans.cases.service import of_api
from tests.plans.cases.traffic import PROD
from tests.plans.edits import Synthesized, renamed, unguarded, with_block, without

_LOGS, _STAGE, _FLOW_LOG = "service-api/service/logs", "api/stage", "flow-logs/flow-log"
_NEW = "shop_prod-listener"


def _address(dev: Environment, construct: str) -> str:
    return Synthesized((dev.stack_folder / "cdk.tf.json").read_text()).address(construct)


@contextmanager
def _tainted(dev: Environment) -> Iterator[None]:
    address = _address(dev, PROD)
    dev.terraform("taint", address).succeed()
    try:
        yield
    finally:
        dev.terraform("untaint", address).succeed()


@contextmanager
def _not_in_state(dev: Environment) -> Iterator[None]:
    """The log group is there, and Terraform does not know."""
    address = _address(dev, _LOGS)
    dev.terraform("state", "rm", address).succeed()
    try:
        yield
    finally:
        dev.terraform("import", address, "/ecs/dev/api").succeed()


_IMPORT = with_block("import", {"to": f"@{{{_LOGS}}}", "id": "/ecs/dev/api"})

WAYS = (
    Case(name="create", state=State.EMPTY),
    Case(name="no-change-after-the-create", state=State.CREATED),
    Case(name="no-change"),
    Case(name="destroy", options=("-destroy",)),
    Case(name="refresh-only", options=("-refresh-only",)),
    Case(name="target", settings=of_api("memory: 1024"), options=("-target=@{service-api/service/task-definition}",)),
    Case(name="environment-name", settings=settings(("services:", "name: shop\nservices:")), edits=(unguarded,)),
    Case(name="moved", edits=(renamed(PROD, _NEW, moved=True),)),
    Case(name="not-moved", edits=(renamed(PROD, _NEW),)),
    Case(name="imported", edits=(_IMPORT,), by_hand=_not_in_state),
    Case(
        name="imported-and-changed",
        settings=settings(("services:", "log_retention_days: 731\nservices:")),
        edits=(_IMPORT,),
        by_hand=_not_in_state,
    ),
    Case(
        name="forgotten",
        edits=(with_block("removed", {"from": f"@{{{_STAGE}}}", "lifecycle": {"destroy": False}}), without(_STAGE)),
    ),
    Case(name="tainted", by_hand=_tainted),
    Case(
        name="check-fails",
        edits=(
            with_block(
                "check",
                {
                    "answers": {
                        "assert": [
                            {
                                "condition": '${@{cluster/cluster}.name == "prod"}',
                                "error_message": "the cluster is not prod's",
                            }
                        ]
                    }
                },
            ),
        ),
    ),
    Case(name="output-added", edits=(with_block("output", {"cluster_arn": {"value": "${@{cluster/cluster}.arn}"}}),)),
)
