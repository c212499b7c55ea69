"""What a call asks for: one file a service, with a function an operation (or several that are alike).

    @needs("codedeploy", "CreateDeployment")
    def create_deployment(call: Call) -> Iterator[Need]:
        yield Need("codedeploy:CreateDeployment", group(call))

An operation that is not here, and whose action AWS's reference gives no resource and no other name, asks for exactly
that action on ``*``. Every other one is unmapped: nobody but the administrator may call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules

from sandbox.access import reference
from sandbox.access.model import Need
from sandbox.aws.model.request import Call

Finder = Callable[[Call], Iterable[Need]]

PREFIXES = {"apigatewayv2": "apigateway", "elbv2": "elasticloadbalancing"}
"""Where IAM's name of a service is not botocore's."""

REGION_KEYS = {"ec2": "ec2:Region"}
"""Keys for the region of the call, of services all of whose actions have one."""

_FINDERS: dict[tuple[str, str], Finder] = {}


class UnmappedError(Exception):
    """Nobody has said what this call asks for. The message names it."""


def needs(service: str, *operations: str) -> Callable[[Finder], Finder]:
    """The function says what these operations of the service (botocore's name) ask for. It is called with the lock."""

    def add(finder: Finder) -> Finder:
        for operation in operations:
            if (service, operation) in _FINDERS:
                raise ValueError(f"{service} {operation} is mapped twice")
            _FINDERS[service, operation] = finder
        return finder

    return add


def of(call: Call) -> list[Need]:
    """What the call asks for, in AWS's order; empty where it needs no permission. Raises UnmappedError."""
    finder = _FINDERS.get((call.service, call.operation.name))
    if finder is not None:
        return list(finder(call))
    action = f"{PREFIXES.get(call.service, call.service)}:{call.operation.name}"
    if reference.is_action(action) and not reference.has_resources(action):
        key = REGION_KEYS.get(call.service)
        keys = {} if key is None else {key: (call.region,)}
        return [Need(action, keys=keys, request_tags={}, resource_tags={})]
    raise UnmappedError(f"sandbox/access/needs does not say what {call.operation.name} of {call.service} asks for")


for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
