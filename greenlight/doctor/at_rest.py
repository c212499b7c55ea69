"""What hurts requests between and after releases: timing, the VPC link, autoscaling that stayed suspended. Pure."""

import shlex
from collections.abc import Iterator

from greenlight.doctor.facts import Facts
from greenlight.doctor.finding import Finding
from greenlight.doctor.repairs import RestoreAutoscaling
from greenlight.revisions import Revision
from greenlight.smoke import first_route

STOP_TIMEOUT_SECONDS = 30
"""Fargate's, where a container has none.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
"""


def drain_outlasts_stop(facts: Facts) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html"""
    stop = _stop_timeout(facts, facts.running)
    for group in facts.pair:
        delay = facts.delays.get(group.arn)
        if stop is None or delay is None or delay < stop:
            continue
        newer = _stop_timeout(facts, facts.newest)
        yield Finding(
            what=f"the deregistration delay of {group.name} is {delay} seconds, and a task is killed {stop} seconds "
            "after it is told to stop",
            effect="at the end of a release requests that last longer are cut off",
            repair=facts.command("deploy") + ", which ships Terraform's longer stop timeout"
            if newer is not None and delay < newer
            else "set target_groups.deregistration_delay_seconds below container.stop_timeout_seconds, and deploy the "
            "stack",
        )


def no_grace_period(facts: Facts) -> Iterator[Finding]:
    if facts.live is None or facts.live.service.get("healthCheckGracePeriodSeconds"):
        return
    service = facts.manifest
    yield Finding(
        what="the service has no health check grace period",
        effect="ECS replaces a task that is not up before its first health checks have failed, again and again",
        repair="set health_check_grace_period_seconds, and deploy the stack; at once: "
        + shlex.join(
            [
                *("aws", "ecs", "update-service", "--cluster", service.cluster, "--service", service.ecs_service),
                *("--health-check-grace-period-seconds", "60"),
            ]
        )
        + f" {facts.options}",
    )


def vpc_link(facts: Facts) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html"""
    link = facts.vpc_link
    if link is None or link.get("VpcLinkStatus", "AVAILABLE") == "AVAILABLE":
        return
    status, message = link["VpcLinkStatus"], link.get("VpcLinkStatusMessage")
    said = f"VPC link {facts.manifest.vpc_link} is {status}" + (f": {message}" if message else "")
    url = first_route(facts.manifest.urls)
    if status in ("INACTIVE", "PENDING"):
        yield Finding(
            what=said,
            effect="requests through the API fail. API Gateway takes its network away after 60 days without a request, "
            "and brings it back within minutes of the next one",
            repair=f"ask the API until it answers: curl -f {url}" if url else "ask the API until it answers",
        )
    else:
        yield Finding(
            what=said,
            effect="every request through the API fails",
            repair="remove the cause, and replace the link, which cannot be changed: terraform apply "
            "-replace=ADDRESS, with the address of aws_apigatewayv2_vpc_link from terraform state list",
        )


def suspended(facts: Facts) -> Iterator[Finding]:
    if facts.suspended and facts.settled:
        yield Finding(
            what="autoscaling is suspended by a release that nobody has seen through",
            effect="the service keeps its size, whatever the load",
            repair=facts.command("doctor", "--fix"),
            fix=RestoreAutoscaling(),
        )


def _stop_timeout(facts: Facts, revision: Revision | None) -> int | None:
    """Seconds from SIGTERM to SIGKILL of the container that takes the traffic; None where it is not known."""
    if revision is None:
        return None
    name = (facts.live.container if facts.live else None) or facts.manifest.container.name
    for one in revision.content["containerDefinitions"]:
        if one["name"] == name:
            return int(one.get("stopTimeout", STOP_TIMEOUT_SECONDS))
    return None
