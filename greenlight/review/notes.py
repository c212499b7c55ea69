"""What is to be said of a plan as a whole. Pure."""

from collections.abc import Iterator, Sequence

from greenlight.review.findings import Finding, Rank
from greenlight.review.plan import Action, Plan
from greenlight.review.secrets import HIDDEN, has_secret
from greenlight.review.world import World, controller, strategy

_HEADLINES = {
    Rank.BLOCKED: "Blocked",
    Rank.REFUSED: "AWS would refuse this half-way",
    Rank.TRAFFIC: "Live traffic is at risk",
    Rank.RELEASE: "This would disturb a release",
    Rank.NEXT_RELEASE: "Nothing happens to live traffic; it takes effect with the next release",
    Rank.SAFE: "Nothing happens to live traffic",
}
_DEFERRED = {
    "instance_count_unknown": "its count or for_each is known after the apply only",
    "resource_config_unknown": "its configuration is known after the apply only",
    "provider_config_unknown": "its provider's configuration is known after the apply only",
    "deferred_prereq": "what it depends on is put off as well",
    "absent_prereq": "what it depends on is not there yet",
}


def findings(plan: Plan) -> Iterator[Finding]:
    """What of the plan as a whole a reviewer has to look at."""

    def whole(rank: Rank, action: str, consequence: str, instead: str) -> Finding:
        return Finding(
            rank=rank, address=plan.stack, construct=None, action=action, consequence=consequence, instead=instead
        )

    if plan.errored:
        yield whole(
            Rank.BLOCKED,
            "the plan failed",
            "Planning ended in an error: this is a part of a plan, and it cannot be applied.",
            "See the error in the job's log, mend it, and plan again.",
        )
    for change, reason in plan.deferred:
        yield Finding(
            rank=Rank.TRAFFIC,
            address=change.address,
            construct=plan.construct(change.address),
            action="put off",
            consequence=f"It is left to a later plan: {_DEFERRED.get(reason, f'Terraform says {reason}')}. What that "
            "will do is not known yet.",
            instead="Plan again after the apply.",
        )
    for address in plan.invocations:
        yield Finding(
            rank=Rank.TRAFFIC,
            address=address,
            construct=None,
            action="run",
            consequence="A provider's action is run with the apply; what it does to traffic is not in a plan.",
            instead="Read what the action does.",
        )


def notes(plan: Plan, world: World) -> Iterator[str]:
    """Sentences that raise no verdict."""
    if plan.is_opentofu:
        yield (
            f"Made by OpenTofu {plan.terraform_version}, whose plans do not say whether they can be applied or are "
            "complete."
        )
    if is_refresh_only(plan):
        yield "A refresh-only plan: applied, it writes into the state what is there now, and changes nothing on AWS."
    if plan.complete is False and not plan.errored:
        yield (
            "Not the whole plan, because of `-target` or of what has been put off: what is not in it has not been "
            "looked at. Plan the whole stack before the apply, or right after it."
        )
    for check in plan.checks:
        if check.status in ("fail", "error"):
            messages = [HIDDEN if has_secret(one) else one for one in check.messages]
            said = f": {'; '.join(messages)}" if messages else "."
            yield f"The configuration's own check `{check.address}` does not hold; Terraform applies all the same{said}"
    waiting = [check.address for check in plan.checks if check.status == "unknown"]
    if waiting:
        yield f"{len(waiting)} of the configuration's own checks are decided during the apply."
    services = [one for one in plan.of_type("aws_ecs_service") if one.action is not Action.DELETE]
    native = [one for one in services if strategy(one) in ("BLUE_GREEN", "LINEAR", "CANARY")]
    if native:
        yield "ECS itself deploys blue/green here, without CodeDeploy: an apply is the release."
    elif services and not world.has_codedeploy and all(controller(one) == "ECS" for one in services):
        yield "No CodeDeploy deployment group is in this stack: ECS exchanges tasks as part of the apply."


def is_refresh_only(plan: Plan) -> bool:
    return not plan.changes and bool(plan.drift) and not plan.errored


def nothing(plan: Plan) -> str:
    """The headline of a plan of which nothing has to be told, without its full stop."""
    if any(one.action not in (Action.NO_OP, Action.READ) for one in plan.changes):
        return _HEADLINES[Rank.SAFE]
    return "Only outputs change" if any(one.action is not Action.NO_OP for one in plan.outputs) else "No changes"


def headline(verdict: Rank, findings: Sequence[Finding]) -> str:
    """The verdict in one line, without its full stop."""
    allowed = sum(one.allowed is not None for one in findings)
    exceptions = f", {allowed} allowed as {'an exception' if allowed == 1 else 'exceptions'}" if allowed else ""
    worst = [one for one in findings if one.rank is verdict and one.allowed is None]
    if not worst:
        return _HEADLINES[verdict] + exceptions
    more = f" and {len(worst) - 1} more" if len(worst) > 1 else ""
    return f"{_HEADLINES[verdict]}: {worst[0].address} ({worst[0].action}){more}{exceptions}"
