"""Plans of this stack: one deployed state, and what people do to it."""

from tests.plans.case import Case, State, settings
from tests.plans.edits import not_ignored, put, unguarded

_DELAY = "deregistration_delay_seconds: 5}"

CASES = (
    Case(name="create", state=State.EMPTY),
    Case(name="no-change-after-the-create", state=State.CREATED),
    Case(name="no-change"),
    Case(
        name="memory", settings=settings(("stop_timeout_seconds: 15}", "stop_timeout_seconds: 15}\n    memory: 1024"))
    ),
    Case(
        name="health-check-path",
        settings=settings((_DELAY, "deregistration_delay_seconds: 5, health_check: {path: /ready}}")),
    ),
    Case(
        name="vpc-cidr",
        settings=settings(("egress: nat-single", "egress: nat-single, cidr: 10.1.0.0/16")),
        edits=(unguarded,),
    ),
    Case(
        name="prod-port",
        settings=settings(("routes: [GET /one, GET /two]", "routes: [GET /one, GET /two]\n    prod_port: 90")),
    ),
    Case(
        name="security-group-description",
        edits=(put("security-groups/vpc-link", {"description": "The way of API Gateway into the VPC"}),),
    ),
    Case(
        name="target-group-name",
        settings=settings((_DELAY, "deregistration_delay_seconds: 5, blue: api-blue-2}")),
        edits=(unguarded,),
    ),
    Case(name="released-green", state=State.GREEN_LIVE),
    Case(
        name="listener-recreated-green-live",
        state=State.GREEN_LIVE,
        options=("-replace=@{service-api/traffic/prod-listener}",),
    ),
    Case(
        name="listener-not-ignored-green-live",
        state=State.GREEN_LIVE,
        edits=(not_ignored("service-api/traffic/prod-listener"),),
    ),
    Case(
        name="service-not-ignored-green-live",
        state=State.GREEN_LIVE,
        edits=(not_ignored("service-api/service/service"),),
    ),
)
