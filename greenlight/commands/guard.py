"""`greenlight guard`: before an apply, whether the plan is the reviewed one and the world is as it was."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from greenlight.aws import Aws, Session
from greenlight.clock import Clock
from greenlight.commands.command_line import Output, Profile, Region, answer, file_bytes
from greenlight.context import Result
from greenlight.ground import GONE, Ground
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.review import made_against, read
from greenlight.review import reviewed as reviews
from greenlight.review.fingerprint import KEY_VARIABLE, fingerprint, key_of
from greenlight.review.made_against import Group, Service
from greenlight.review.plan import Action, Plan

_AGAIN = "plan again, and have that reviewed"
_ONE_VERSION = "give one version all of the traffic, with `greenlight deploy` or `greenlight rollback`"
_MANIFEST = re.compile(r"/greenlight/[^/]+/[^/]+")


def command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.json", help="What `terraform show -json PLANFILE` prints.")],
    reviewed: Annotated[Path, typer.Option(help="What `greenlight review -o json` printed of it.")],
    plan_file: Annotated[
        Path | None, typer.Option(help="The plan file to be applied; without it the plan is known by its meaning.")
    ] = None,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say whether a plan may be applied now. Exit code 2: it is not the reviewed one, or something has moved."""

    def verb() -> Result:
        document = read.document(file_bytes(plan), plan.name)
        sha256 = hashlib.sha256(file_bytes(plan_file)).hexdigest() if plan_file else None
        stacks = reviews.parse(file_bytes(reviewed), reviewed.name)

        def connect() -> Aws:
            return Session(region=region or read.region(document), profile=profile)

        return run(document, sha256, stacks, Ground(cache(connect), Clock()))

    answer("guard", None, output, verb)


def run(document: Mapping[str, Any], plan_sha256: str | None, stacks: list[reviews.Stack], ground: Ground) -> Result:
    """Changes nothing. Raises RefusedError, or AWS's own errors, where it cannot tell: then nothing may be applied."""
    plan = read.plan(document, "the plan")
    with read.understood(plan.stack):
        asked = reviews.Asked(
            fingerprint=fingerprint(document, key_of(os.environ.get(KEY_VARIABLE))),
            plan_sha256=plan_sha256,
            live=made_against.made_against(plan),
            errored=plan.errored,
        )
        services = made_against.services(plan)
        groups = list(dict.fromkeys(made_against.groups(plan) + made_against.untouched_groups(document)))
    reviews.check_exact(asked)
    found = reviews.find(asked, stacks)
    refusals = list(reviews.refusals(asked, found, stacks))
    if not refusals:
        # Only these need credentials.
        refusals += _in_flight(ground, groups)
        refusals += _moved(ground, services, _made(document))
        refusals += _there_already(ground, plan, groups)
    notes = list(_notes(asked, services, groups))
    content = {
        "target": None,
        "stack": found.stack if found else None,
        "fingerprint": asked.fingerprint,
        "plan_sha256": plan_sha256,
        "live": asked.live,
        "refusals": refusals,
        "notes": notes,
    }
    if refusals:
        lines = ["do not apply this plan:", *(f"  {one}" for one in refusals), *notes]
        return Result(Exit.DIFFERENCES, content, "\n".join(lines))
    assert found is not None, "a plan without a review is refused"
    lines = [f"the plan of {found.stack} may be applied: it is the reviewed one, {reviews.short(asked.fingerprint)}"]
    lines += [f"  {key} is {live}, as when the plan was made" for key, live in asked.live.items()]
    return Result(Exit.OK, content, "\n".join([*lines, *notes]))


def _in_flight(ground: Ground, groups: list[Group]) -> Iterator[str]:
    for group in (group for group in groups if group.arn):
        if not ground.has_group(group):
            yield f"deployment group {group.application}/{group.name} is gone since the plan was made: {_AGAIN}"
        elif found := ground.in_flight(group):
            state = "has just failed, and CodeDeploy undoes it" if found.over else f"is {found.status}"
            yield (
                f"deployment {found.id} of {group.cluster}/{group.service} {state}: an apply could disturb it. "
                "Wait until it is over, then run guard again"
            )


def _moved(ground: Ground, services: list[Service], planned: datetime | None) -> Iterator[str]:
    for service in services:
        now = ground.live(service)
        if now == service.live:
            continue
        released = ground.released_since(service, planned) if planned and now != GONE else None
        since = f" since deployment {released}" if released else ""
        what = f"{_ONE_VERSION}, then {_AGAIN}" if "%" in now else _AGAIN
        yield f"{service.key} was reviewed against {service.live}, and live is {now}{since}: {what}"


def _there_already(ground: Ground, plan: Plan, groups: list[Group]) -> Iterator[str]:
    """What the plan makes is there: a plan from before there was any state can be applied twice."""
    for found in _makes_again(ground, plan, groups):
        yield f"the plan creates {found}, which is there already. It may have been applied before: {_AGAIN}"


def _makes_again(ground: Ground, plan: Plan, groups: list[Group]) -> Iterator[str]:
    created = [change for change in plan.changes if change.managed and change.action is Action.CREATE]
    for change in created:
        name = str(change.value(change.after, "name") or "")
        if change.type == "aws_ssm_parameter" and _MANIFEST.fullmatch(name) and ground.has_parameter(name):
            yield f"the release manifest {name}"
        controller = change.value(change.after, "deployment_controller", 0, "type")
        if change.type == "aws_ecs_service" and controller == "CODE_DEPLOY" and name:
            arn = change.value(change.after, "cluster")
            # The cluster is made by the same plan, and has no ARN yet.
            cluster = str(arn) if arn else next((group.cluster for group in groups if group.service == name), None)
            if cluster and ground.has_service(made_against.last(cluster), name):
                yield f"ECS service {made_against.last(cluster)}/{name}"
    for group in groups:
        if group.arn is None and ground.has_group(group):
            yield f"deployment group {group.application}/{group.name}"


def _notes(asked: reviews.Asked, services: list[Service], groups: list[Group]) -> Iterator[str]:
    if asked.plan_sha256 is None:
        yield "the plan was known by its meaning: with --plan-file it has to be the reviewed file itself"
    if not services and not groups:
        yield "CodeDeploy releases nothing of this plan: nothing but the review was looked at"
    for service in services:
        if service.group is None:
            yield (
                f"the plan does not have the deployment group of {service.key}: whether a deployment is in flight was "
                "not looked at"
            )
    released = {(service.cluster, service.name) for service in services}
    for group in groups:
        if group.arn and (group.cluster, group.service) not in released:
            yield (
                f"the plan does not have ECS service {group.cluster}/{group.service}: whether it was released since "
                "was not looked at"
            )


def _made(document: Mapping[str, Any]) -> datetime | None:
    """When the plan was made; Terraform says it since 1.5."""
    text = document.get("timestamp")
    return datetime.fromisoformat(text) if text else None
