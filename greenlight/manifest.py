"""The release manifest: all that Terraform tells the CLI about a service, in one SSM parameter."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from greenlight.aws import Aws, error_code
from greenlight.errors import RefusedError

_PARAMETERS = "/greenlight"  # below it, the manifest of NAME/SERVICE in SSM
_ADDRESS = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


class _Part(BaseModel):
    # Keys may be added to the manifest without breaking older CLIs, so unknown ones are left alone.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Container(_Part):
    name: str
    port: int


class CodeDeploy(_Part):
    application: str
    group: str
    config: str


class TargetGroup(_Part):
    name: str
    arn: str


class LoadBalancer(_Part):
    prod_listener: str
    test_listener: str
    blue: TargetGroup
    green: TargetGroup


class Network(_Part):
    subnets: list[str]
    security_groups: list[str]
    assign_public_ip: str


class LogGroups(_Part):
    service: str
    hooks: dict[str, str]


class Urls(_Part):
    api: str
    routes: list[str]


class Manifest(_Part):
    version: Literal[1]
    environment: str
    service: str
    region: str
    account: str
    cluster: str
    ecs_service: str
    task_definition: str
    container: Container
    repository: str | None
    codedeploy: CodeDeploy
    load_balancer: LoadBalancer
    network: Network
    hooks: dict[str, str]
    scalable_target: str | None
    alarms: list[str]
    log_groups: LogGroups
    urls: Urls | None = None  # manifests of the first modules have none
    vpc_link: str | None = None  # its id; earlier manifests have none

    @property
    def address(self) -> str:
        return f"{self.environment}/{self.service}"

    @property
    def own_hooks(self) -> dict[str, str]:
        """Lifecycle event -> ARN of a function of the team's own: the modules make the others, and their log groups."""
        ours = {arn for event, arn in self.hooks.items() if event in self.log_groups.hooks}
        return {event: arn for event, arn in self.hooks.items() if arn not in ours}

    @property
    def parameter(self) -> str:
        return f"{_PARAMETERS}/{self.address}"

    def group_arn(self, name: str) -> str | None:
        """The ARN of one of the two target groups."""
        groups = (self.load_balancer.blue, self.load_balancer.green)
        return next((group.arn for group in groups if group.name == name), None)


def load(aws: Aws, address: str) -> Manifest:
    """The manifest of `NAME/SERVICE`, or of `NAME` where that has one service only."""
    if not _ADDRESS.fullmatch(address):
        raise RefusedError(f"{address!r} names no service: give NAME/SERVICE, such as dev/api, or NAME alone")
    if "/" in address:
        try:
            found = aws.call("ssm:GetParameter", Name=f"{_PARAMETERS}/{address}")["Parameter"]
        except Exception as error:
            if error_code(error) != "ParameterNotFound":
                raise
            raise _missing(aws, address) from error
        return parse(found["Name"], found["Value"])
    parameters = _below(aws, f"{_PARAMETERS}/{address}", recursive=False)
    if not parameters:
        raise _missing(aws, address)
    if len(parameters) > 1:
        names = ", ".join(sorted(name.removeprefix(f"{_PARAMETERS}/") for name in parameters))
        raise RefusedError(f"{address} has {len(parameters)} services: say which of {names}")
    ((name, value),) = parameters.items()
    return parse(name, value)


def parse(name: str, value: str) -> Manifest:
    try:
        return Manifest.model_validate_json(value)
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'content'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise RefusedError(
            f"the release manifest in SSM parameter {name} is not one of version 1: {found}. "
            "Deploy the stack with the Terraform modules of this version, or use the CLI of theirs"
        ) from error


def addresses(aws: Aws) -> list[str]:
    """NAME/SERVICE of all that this account and region have, in alphabetical order."""
    return sorted(
        name.removeprefix(f"{_PARAMETERS}/")
        for name in _below(aws, _PARAMETERS, recursive=True)
        if name.count("/") == 3  # /greenlight/NAME/SERVICE, and not what lies below a service
    )


def _missing(aws: Aws, address: str) -> RefusedError:
    known = addresses(aws)
    there = f"there are {', '.join(known)}" if known else "there are none: deploy the stack first"
    return RefusedError(
        f"no release manifest of {address} in account {aws.account}, region {aws.region}: {there}; "
        "other accounts and regions: --profile, --region"
    )


def _below(aws: Aws, path: str, *, recursive: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    more: dict[str, str] = {}
    while True:
        page = aws.call("ssm:GetParametersByPath", Path=path, Recursive=recursive, **more)
        found |= {parameter["Name"]: parameter["Value"] for parameter in page["Parameters"]}
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
