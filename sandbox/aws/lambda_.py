"""Lambda: configuration that moto drops. Nothing runs a function here yet."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse as Response
from moto.ec2.models import ec2_backends

from sandbox.aws.errors import NotModelled


def invoke(_response: Response) -> Any:
    """moto would look for Docker, and answer 200 with its error."""
    raise NotModelled("running Lambda functions yet (Invoke of Lambda)")


def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    config: dict[str, Any] = _get_configuration(self, on_create)
    # moto drops it, so Terraform's logging_config would be a difference for ever.
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    config["LoggingConfig"] = {**logging, **self.__dict__.get("logging_config", {})}
    return config


def vpc_config(self: LambdaFunction) -> dict[str, Any] | None:
    """moto says vpc-123abc, whatever the subnets."""
    given = self._vpc_config
    if not given or not given.get("SubnetIds"):
        return None
    subnet = ec2_backends[self.account_id][self.region].get_subnet(given["SubnetIds"][0])
    return {"Ipv6AllowedForDualStack": False, **given, "VpcId": subnet.vpc_id}


def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    updates = dict(config_updates)
    if "Environment" in updates:
        # Terraform sends {} to take all variables away.
        updates["Environment"] = {"Variables": updates["Environment"].get("Variables") or {}}
    if "LoggingConfig" in updates:
        self.__dict__["logging_config"] = updates["LoggingConfig"] or {}
    if updates.get("TracingConfig"):
        self.tracing_config = updates["TracingConfig"]
    if updates.get("EphemeralStorage"):
        self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    _update_configuration(self, updates)
    changed: dict[str, Any] = self.get_configuration()
    return changed


def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    _moto_init(self, account_id, spec, *args, **kwargs)
    self.__dict__["logging_config"] = spec.get("LoggingConfig") or {}


_moto_init = LambdaFunction.__init__
_get_configuration = LambdaFunction.get_configuration
_update_configuration = LambdaFunction.update_configuration


def install() -> None:
    Response.invoke = invoke
    Response.invoke_async = invoke
    LambdaFunction.__init__ = _init
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration
    LambdaFunction.vpc_config = property(vpc_config)
