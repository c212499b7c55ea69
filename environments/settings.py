"""What an environment's YAML file may say. One file is one Terraform stack, named as the file.

Required is only what has no sensible default. Every default below is what a good team would run.
"""

import platform
import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

Architecture = Literal["arm64", "x86_64"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$", max_length=32)]
Port = Annotated[int, Field(ge=1, le=65535)]
Path = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]

PRIVATE_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")

FARGATE_MEMORY = {  # cpu units -> MiB that AWS accepts with them
    256: [512, 1024, 2048],
    512: [1024 * n for n in range(1, 5)],
    1024: [1024 * n for n in range(2, 9)],
    2048: [1024 * n for n in range(4, 17)],
    4096: [1024 * n for n in range(8, 31)],
    8192: [1024 * n for n in range(16, 61, 4)],
    16384: [1024 * n for n in range(32, 121, 8)],
}
# Without NAT: the image's manifest and layers (with S3's gateway), the tasks' logs, and the hook's answer.
ENDPOINTS_INSTEAD_OF_NAT = ("ecr.api", "ecr.dkr", "logs", "codedeploy")
# CloudWatch Logs accepts no other retention, in days.
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HealthCheck(Settings):
    """How the load balancer decides whether a task may get traffic."""

    path: Path = "/health"
    interval_seconds: int = Field(5, ge=5, le=300)
    timeout_seconds: int = Field(4, ge=2, le=120)
    healthy_threshold: int = Field(2, ge=2, le=10)
    unhealthy_threshold: int = Field(2, ge=2, le=10)
    matcher: str = Field(
        "200", pattern=r"^\d{3}([-,]\d{3})*$", description='Status codes that pass: "200", "200,204" or "200-299"'
    )

    @model_validator(mode="after")
    def _timeout_below_interval(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds must be less than interval_seconds, "
                f"got {self.timeout_seconds} and {self.interval_seconds}"
            )
        return self


class Container(Settings):
    name: Name | None = Field(None, description="Default: the service's key")
    port: Port = 3000
    memory_reservation: int | None = Field(None, ge=6, description="MiB; default: none")
    health_command: list[str] | None = Field(
        None,
        min_length=1,
        description='Run inside the container, such as ["CMD", "/image", "health"]; default: no container health check',
    )
    stop_timeout_seconds: int = Field(30, ge=2, le=120, description="From SIGTERM to SIGKILL")


class TargetGroups(Settings):
    blue: Name | None = Field(None, description="Default: <name>-<service>-blue")
    green: Name | None = Field(None, description="Default: <name>-<service>-green")
    deregistration_delay_seconds: int = Field(
        15, ge=0, le=3600, description="How long a leaving task may finish its requests"
    )
    health_check: HealthCheck = HealthCheck()


class Check(Settings):
    """One request the hook makes to the candidate before it may get production traffic."""

    path: Path
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    status: int = Field(200, ge=100, le=599)
    # pydantic's own BaseModel.json is deprecated and unused here; the key is the hook's contract.
    json_subset: dict[str, object] | None = Field(None, alias="json", description="What the body must contain")
    max_ms: int | None = Field(None, ge=1, description="Latency limit of the attempt that passed")


class Hook(Settings):
    """The Lambda that proves a release good at BeforeAllowTraffic."""

    memory: int = Field(256, ge=128, le=10240, description="MiB")
    timeout_seconds: int = Field(120, ge=30, le=900)
    warmup_seconds: int = Field(30, ge=0, description="How long a failing check is retried")
    request_timeout_ms: int = Field(2000, ge=1)
    identity: Literal["auto", "header", "listener", "off"] = "auto"
    identity_header: str = "x-task-definition"

    @model_validator(mode="after")
    def _warmup_fits(self) -> Self:
        if self.warmup_seconds > self.timeout_seconds - 20:
            raise ValueError(
                f"timeout_seconds must leave 20 s after warmup_seconds to answer CodeDeploy, "
                f"got timeout_seconds {self.timeout_seconds} and warmup_seconds {self.warmup_seconds}"
            )
        return self


class Deployment(Settings):
    """How CodeDeploy releases the service."""

    config: str = Field("CodeDeployDefault.ECSAllAtOnce", description="Name of a CodeDeploy deployment configuration")
    bake_minutes: int = Field(
        5, ge=0, le=2800, description="How long the old tasks are kept, so that the way back is instant"
    )


class Service(Settings):
    """One container behind its own pair of listeners on the load balancer and its own routes on the API."""

    image: str = Field(description="What the service is created with; from then on releases own it", min_length=1)
    routes: list[str] = Field(
        min_length=1, description='HTTP API route keys, such as "GET /one" or "ANY /orders/{proxy+}"'
    )
    container: Container = Container()
    cpu: int = 256
    memory: int = Field(512, description="MiB")
    desired_count: int = Field(2, ge=0)
    environment: dict[str, str] = {}
    health_check_grace_period_seconds: int = 60
    prod_port: Port = 80
    test_port: Port = 8080
    target_groups: TargetGroups = TargetGroups()
    live: Literal["blue", "green"] = Field(
        "blue", description="Which group the listeners are created with; read only when they are created anew"
    )
    request_timeout_seconds: int = Field(10, ge=1, le=30, description="How long the API waits for an answer")
    deployment: Deployment = Deployment()
    hook: Hook = Hook()
    checks: list[Check] = Field(
        [], description="What the hook asks; default: the literal GET routes and the health path"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.cpu not in FARGATE_MEMORY:
            raise ValueError(f"cpu must be one of {', '.join(map(str, FARGATE_MEMORY))}, got {self.cpu}")
        if self.memory not in FARGATE_MEMORY[self.cpu]:
            accepted = FARGATE_MEMORY[self.cpu]
            raise ValueError(
                f"memory with cpu {self.cpu} must be one of {', '.join(map(str, accepted))}, got {self.memory}"
            )
        if self.prod_port == self.test_port:
            raise ValueError(f"test_port must differ from prod_port, got {self.prod_port} for both")
        waits = (
            self.request_timeout_seconds,
            self.target_groups.deregistration_delay_seconds,
            self.container.stop_timeout_seconds,
        )
        if not waits[0] <= waits[1] < waits[2]:
            raise ValueError(
                "a stopping task would cut requests off: request_timeout_seconds <= "
                "target_groups.deregistration_delay_seconds < container.stop_timeout_seconds is needed, "
                f"got {waits[0]}, {waits[1]}, {waits[2]}"
            )
        for route in self.routes:
            if not re.fullmatch(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY) /\S*|\$default", route):
                raise ValueError(f'routes must be "<METHOD> /path" or "$default", got "{route}"')
        if not self.checks and not self.literal_get_paths:
            raise ValueError(
                f"checks is required where no route is a literal GET path, got routes {', '.join(self.routes)}"
            )
        return self

    @property
    def literal_get_paths(self) -> list[str]:
        return [route.removeprefix("GET ") for route in self.routes if re.fullmatch(r"GET /[^{}]*", route)]

    @property
    def effective_checks(self) -> list[dict[str, object]]:
        """The CHECKS of the hook, only with what differs from the hook's own defaults."""
        checks = self.checks or [
            Check(path=path) for path in [*self.literal_get_paths, self.target_groups.health_check.path]
        ]
        return [check.model_dump(by_alias=True, exclude_defaults=True) for check in checks]


class Network(Settings):
    """A VPC of the environment's own, with public, private and isolated subnets in every zone."""

    name: str | None = Field(None, description="The VPC's Name tag; default: <name>")
    cidr: str = "10.0.0.0/16"
    availability_zones: list[str] = Field([], description="Default: the region's zones a and b")
    egress: Literal["nat-per-az", "nat-single", "endpoints"] = Field(
        "nat-per-az", description="How tasks and hooks reach AWS; endpoints: without NAT, so AWS is all they reach"
    )
    endpoints: list[str] = Field([], description='Further interface endpoints by service, such as "ecr.api"')

    @model_validator(mode="after")
    def _room_for_subnets(self) -> Self:
        try:
            block = IPv4Network(self.cidr)
        except ValueError as error:
            raise ValueError(f"cidr must be an IPv4 block such as 10.0.0.0/16, got {self.cidr}: {error}") from error
        if not 16 <= block.prefixlen <= 19:
            raise ValueError(f"cidr must be from /16 to /19: it is cut into 18 subnets of /24, got {self.cidr}")
        return self

    @property
    def interface_endpoints(self) -> list[str]:
        needed = ENDPOINTS_INSTEAD_OF_NAT if self.egress == "endpoints" else ()
        return sorted({*needed, *self.endpoints})


class Throttling(Settings):
    """Requests over these limits are answered 429 by API Gateway, before they reach the service."""

    rate: int = Field(1000, ge=1, description="Requests a second")
    burst: int = Field(500, ge=1, description="Requests at once")


class Environment(Settings):
    """Everything a user edits about one environment."""

    kind: Literal["environment"] = "environment"
    name: Name = Field(default_factory=str, description="Prefix of every resource; default: the file's name")
    account: str = Field(
        pattern=r"^\d{12}$", description="The only AWS account this may be deployed to; 12 digits, in quotes"
    )
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    architecture: Annotated[
        Architecture,
        BeforeValidator(lambda given: native_architecture() if given == "native" else given),
        WithJsonSchema({"enum": ["arm64", "x86_64", "native"], "type": "string"}),
    ] = Field("arm64", description="Of tasks and hook alike; native: this machine's")
    aws_provider: str = "~> 5.100.0"
    state_bucket: str | None = Field(None, description="Default: greenlight-state-<account>-<region>")
    tags: dict[str, str] = {}
    log_retention_days: int = 365
    deletion_protection: bool = Field(False, description="Of the load balancer; destroy is refused while it is on")
    network: Network = Network()
    throttling: Throttling = Throttling()
    services: dict[Name, Service] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _named_as_the_file(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        filled.setdefault("name", (info.context or {}).get("stack", ""))
        return filled

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.log_retention_days not in RETENTION_DAYS:
            raise ValueError(
                f"log_retention_days must be one of {', '.join(map(str, RETENTION_DAYS))}, "
                f"got {self.log_retention_days}"
            )
        self._refuse_shared("port", lambda service: [str(service.prod_port), str(service.test_port)])
        self._refuse_shared("route", lambda service: service.routes)
        for key, service in self.services.items():
            if self.network.egress == "endpoints" and not PRIVATE_IMAGE.match(service.image):
                raise ValueError(
                    f"services.{key}: with network.egress endpoints the image must be in private ECR, which is all "
                    f"that can be reached, got {service.image}"
                )
            if len(f"{self.name}-{key}") > 50:
                raise ValueError(
                    f'services.{key}: "{self.name}-{key}" has {len(self.name) + len(key) + 1} characters, '
                    "and names of roles made from it leave 50: shorten name or the service's key"
                )
            for color in ("blue", "green"):
                name = self.target_group_name(key, color)
                if len(name) > 32:
                    raise ValueError(
                        f'services.{key}: target group name "{name}" has {len(name)} characters, AWS allows 32: '
                        f"set target_groups.{color}, or shorten name or the service's key"
                    )
            if self.target_group_name(key, "blue") == self.target_group_name(key, "green"):
                raise ValueError(f"services.{key}: target_groups.blue and .green must differ, got one name for both")
        zones = self.availability_zones
        if len(set(zones)) != len(zones) or len(zones) < 2 or len(zones) > 6:
            raise ValueError(
                f"network.availability_zones must be 2 to 6 different zones (a load balancer needs two), got {zones}"
            )
        if wrong := [zone for zone in zones if not re.fullmatch(f"{self.region}[a-f]", zone)]:
            raise ValueError(f"network.availability_zones must be like {self.region}a, got {', '.join(wrong)}")
        return self

    def _refuse_shared(self, kind: str, claims: Callable[[Service], list[str]]) -> None:
        owners: dict[str, str] = {}
        for key, service in self.services.items():
            for claim in claims(service):
                if claim in owners:
                    raise ValueError(
                        f'services.{key}: {kind} "{claim}" is taken by services.{owners[claim]}; each needs its own'
                    )
                owners[claim] = key

    def target_group_name(self, service: str, color: Literal["blue", "green"] | str) -> str:
        overridden = getattr(self.services[service].target_groups, color)
        return str(overridden or f"{self.name}-{service}-{color}")

    @property
    def availability_zones(self) -> list[str]:
        return self.network.availability_zones or [f"{self.region}a", f"{self.region}b"]

    def family(self, key: str) -> str:
        return f"{self.name}-{key}"

    @property
    def bucket(self) -> str:
        return self.state_bucket or f"greenlight-state-{self.account}-{self.region}"


def native_architecture() -> Architecture:
    """AWS's name for this machine's processor.

    Raises ValueError where Fargate and Lambda have no such processor.
    """
    machine = platform.machine()
    names: dict[str, Architecture] = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
    if machine.lower() not in names:
        raise ValueError(
            f"architecture native needs an x86_64 or arm64 machine, this is {machine}: say arm64 or x86_64"
        )
    return names[machine.lower()]
