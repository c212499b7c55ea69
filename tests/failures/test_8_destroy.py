"""The last of all: the stack goes, from the colour that the end-to-end run does not destroy it from."""

import re

from sandbox import leftovers
from tests.failures.document import Log, Row
from tests.failures.drill import Drill


def test_one_destroy_takes_away_a_stack_with_production_on_blue(drill: Drill, log: Log) -> None:
    """`tests/e2e/test_9_destroy.py` has it on green."""
    if drill.live().group != f"{drill.name}-api-blue":
        deploy = drill.deploy(drill.good())
        drill.finish(drill.begun(deploy))
        deploy.succeed()
    assert drill.live().group == f"{drill.name}-api-blue"

    destroy = drill.terraform("destroy", "-auto-approve", "-input=false")
    destroy.succeed()

    assert leftovers.find(drill.sandbox.facts["endpoint_url"]) == drill.there_before
    (said,) = re.findall(r"Destroy complete!", destroy.output)
    fault = "`terraform destroy` with production on blue (on green: `tests/e2e`)"
    happened = "all of the stack is gone at the first try"
    log.add(Row(part="state", fault=fault, happened=happened, exit_codes=[("destroy", 0)], said=said))
