"""Names for the ends of a connection, as people type them, and where those are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import botocore.session
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.models import lambda_backends
from moto.elbv2.models import elbv2_backends

from sandbox.access.model import Place
from sandbox.network import ends
from sandbox.network.model import AwsApi, Internet
from sandbox.state import ACCOUNT

LINK = "vpc-link "
_ENDPOINTS = ("ecr.api", "ecr.dkr", "elasticloadbalancing", "monitoring")
"""Services that an endpoint calls otherwise than botocore does
(https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html)."""


class UnknownError(Exception):
    """There is nothing of that name; the message says what there is."""


def source(name: str) -> Sequence[Place]:
    """The interfaces of what has this name. Raises UnknownError."""
    places = dict(_named()).get(name.removesuffix("'s")) or _task(name)
    if not places:
        raise UnknownError(f"nothing in a VPC is called {name}; there {known()}")
    return places


def target(name: str, region: str) -> Sequence[Place | AwsApi | Internet]:
    """The same of what is connected to: as well an AWS service, as seen from this region, or a host's name."""
    try:
        return source(name)
    except UnknownError:
        if name in _ENDPOINTS:
            return (AwsApi(name, region),)
        session = botocore.session.Session()
        if name in session.get_available_services():
            return (AwsApi(endpoint(session.get_service_model(name).signing_name), region),)
        if "." in name:
            return (Internet(name),)
        raise


def endpoint(service: str) -> str:
    """What an endpoint calls the service with this signing name."""
    return "ecr.api" if service == "ecr" else service


def known() -> str:
    """What `source` takes, for people."""
    return "are " + ", ".join(sorted(dict(_named()))) if dict(_named()) else "is nothing yet"


def _task(name: str) -> list[Place]:
    found = ends.task(name.removeprefix("task "))
    return [found] if found else []


def _named() -> Iterator[tuple[str, Sequence[Place]]]:
    """Functions, load balancers by both their names, VPC links, servers, and services, for all of their tasks."""
    for name, server in ends.servers().items():
        yield name, (server,)
    for region, lambdas in _regions(lambda_backends):
        for function in list(lambdas.list_functions()):
            yield function.function_name, ends.function(region, function.function_name, function._vpc_config)
    for _, balancers in _regions(elbv2_backends):
        for balancer in list(balancers.load_balancers.values()):
            yield balancer.name, ends.balancer(balancer)
            yield balancer.dns_name, ends.balancer(balancer)
    for region, gateways in _regions(apigatewayv2_backends):
        for link in list(gateways.vpc_links.values()):
            yield f"{LINK}{link.name}", ends.link(region, link.id)
    services: dict[str, list[Place]] = {}
    for place in ends.tasks():
        services.setdefault(place.name.split()[-1], []).append(place)
    yield from services.items()


def _regions(backends: Any) -> list[tuple[str, Any]]:
    return list(backends[ACCOUNT].items())
