"""Lambda's state in moto, as the runtime reads it. Call these with the lock held."""

from __future__ import annotations

import re

from moto.awslambda.models import LambdaFunction, lambda_backends

from sandbox.aws.errors import NotModelled
from sandbox.lambda_runtime.function import Function
from sandbox.network import ends

LATEST = "$LATEST"
RETRIES = 2
MAXIMUM_AGE = 6 * 60 * 60

_PREFIX = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:|(\d{12}:)?function:")


def find(account: str, region: str, name: str, qualifier: str | None) -> Function:
    """The function by its name or ARN. Raises moto's errors: ResourceNotFoundException, or what cannot be run here."""
    name, _, given = _PREFIX.sub("", name, count=1).partition(":")
    given = given or qualifier or LATEST
    fn = lambda_backends[account][region].get_function(name, None if given == LATEST else given)
    if given != LATEST and not given.isdigit():
        raise NotModelled("invoking a function through an alias (Invoke of Lambda)")
    if fn.package_type != "Zip":
        raise NotModelled("running functions from images (Invoke of Lambda)")
    if not str(fn.run_time).startswith("provided"):
        raise NotModelled(f"running functions with the runtime {fn.run_time}, only provided.* (Invoke of Lambda)")
    if fn.layers:
        raise NotModelled("running functions with layers (Invoke of Lambda)")
    retrying = fn.event_invoke_config[0].config if fn.event_invoke_config else {}
    reserved = fn.reserved_concurrency
    return Function(
        name=fn.function_name,
        arn=fn.function_arn if str(fn.version) == LATEST else fn.function_arn.rsplit(":", 1)[0],
        version=str(fn.version),
        region=region,
        runtime=fn.run_time,
        handler=fn.handler or "",
        role=fn.role,
        architecture=fn.architectures[0],
        memory=int(fn.memory_size),
        timeout=int(fn.timeout),
        log_group=fn.get_configuration()["LoggingConfig"]["LogGroup"],
        variables=dict(fn.environment_vars),
        code=fn.code_bytes,
        generation=f"{fn.generation}/{fn.version}",
        reserved=None if reserved is None else int(reserved),
        retries=retrying.get("MaximumRetryAttempts", RETRIES),
        maximum_age=retrying.get("MaximumEventAgeInSeconds") or MAXIMUM_AGE,
        in_vpc=in_vpc(fn),
        places=ends.function(region, fn.function_name, fn._vpc_config),
        readiness=fn.readiness,
    )


def in_vpc(fn: LambdaFunction) -> bool:
    return bool((fn._vpc_config or {}).get("SubnetIds"))
