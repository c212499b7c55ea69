"""The settings of one service."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from environments.alarms import Alarms
from environments.checks import Check, Hook
from environments.containers import WRITABLE, HealthCommand, Sidecars, Variables, WritablePaths, sizes, variable_names
from environments.deployment import Deployment
from environments.egress import Destinations
from environments.routes import Route, is_literal_get
from environments.scaling import Scaling
from environments.secrets import KmsKey, Secrets
from environments.shown import shown
from environments.task_policy import PolicyStatement
from environments.values import ContainerName, EcsName, HealthCheckPath, Image, Port, Settings, TargetGroupName, all_of
from modules import inputs, needs

FARGATE_MEMORY = {  # cpu units -> MiB that AWS accepts with them
    256: [512, 1024, 2048],
    512: [1024 * n for n in range(1, 5)],
    1024: [1024 * n for n in range(2, 9)],
    2048: [1024 * n for n in range(4, 17)],
    4096: [1024 * n for n in range(8, 31)],
    8192: [1024 * n for n in range(16, 61, 4)],
    16384: [1024 * n for n in range(32, 121, 8)],
}


def _matcher(given: str) -> str:
    """Of the load balancer: codes and ranges of codes from 200 to 499."""
    parts = [part.split("-") for part in given.split(",")]
    codes = [code for part in parts for code in part]
    if not all(re.fullmatch(r"[2-4][0-9]{2}", code) for code in codes) or not all(
        len(part) == 1 or (len(part) == 2 and part[0] <= part[1]) for part in parts
    ):
        raise ValueError(f'must be codes from 200 to 499, as in "200", "200,204" or "200-299", got {shown(given)}')
    return given


class HealthCheck(Settings):
    """How the load balancer decides whether a task may get traffic."""

    path: HealthCheckPath = Field(
        inputs.HealthCheck.path,
        description="Must not test what the service depends on: all tasks would fail, and be replaced, together",
    )
    interval_seconds: int = Field(
        inputs.HealthCheck.interval_seconds, ge=5, le=300, description="Between two checks of one task"
    )
    timeout_seconds: int = Field(
        inputs.HealthCheck.timeout_seconds, ge=2, le=120, description="Less than interval_seconds"
    )
    healthy_threshold: int = Field(
        inputs.HealthCheck.healthy_threshold, ge=2, le=10, description="Passes in a row before a task gets traffic"
    )
    unhealthy_threshold: int = Field(
        inputs.HealthCheck.unhealthy_threshold, ge=2, le=10, description="Failures in a row before ECS replaces a task"
    )
    matcher: Annotated[str, AfterValidator(_matcher)] = Field(
        inputs.HealthCheck.matcher, description='Status codes that pass, from 200 to 499: "200", "200,204" or "200-299"'
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
    name: ContainerName | None = Field(None, description="Default: the service's key")
    port: Port = Field(inputs.Container.port, description="A change takes effect with the next release")
    memory_reservation: int | None = Field(None, ge=6, description="MiB, at most the service's memory; default: none")
    health_command: HealthCommand | None = Field(
        None,
        description='Run inside the container, such as ["CMD", "/image", "health"]; default: no container health check',
    )
    stop_timeout_seconds: int = Field(
        inputs.Container.stop_timeout_seconds, ge=2, le=120, description="From SIGTERM to SIGKILL"
    )


class TargetGroups(Settings):
    blue: TargetGroupName | None = Field(
        None, description="Default: <name>-<service>-blue; cannot be renamed once deployed"
    )
    green: TargetGroupName | None = Field(
        None, description="Default: <name>-<service>-green; cannot be renamed once deployed"
    )
    deregistration_delay_seconds: int = Field(
        inputs.TargetGroups.deregistration_delay_seconds,
        ge=0,
        le=3600,
        description="How long a leaving task may finish its requests",
    )
    health_check: HealthCheck = HealthCheck()


class Service(Settings):
    """One container behind its own pair of listeners on the load balancer and its own routes on the API."""

    image: Image = Field(
        description="What the service is created with; from then on releases own it: `greenlight deploy --image`"
    )
    routes: list[Route] = Field(
        min_length=1, description='HTTP API route keys, such as "GET /one" or "ANY /orders/{proxy+}"'
    )
    family: EcsName | None = Field(None, description="Of the task definitions; default: <name>-<service>")
    container: Container = Container()
    cpu: int = Field(inputs.Task.cpu, description=f"Units, 1024 are one vCPU: {', '.join(map(str, FARGATE_MEMORY))}")
    memory: int = Field(inputs.Task.memory, description="MiB, of what Fargate has with that cpu")
    desired_count: int = Field(
        inputs.DESIRED_COUNT,
        ge=0,
        le=5000,
        description="Read when the service is created; a later change does nothing: use scaling, or "
        "`aws ecs update-service --desired-count`",
    )
    scaling: Scaling | None = Field(None, description="Default: the number of tasks stays as it is")
    environment: Variables = Field(
        {}, description="Variables of the container, literally; a change takes effect with the next release"
    )
    secrets: Annotated[Secrets, AfterValidator(variable_names)] = Field(
        {},
        description="Variable -> ARN of an SSM parameter or of a Secrets Manager secret, which may end with "
        ":json-key:version-stage:version-id; read when a task starts",
    )
    secrets_kms_keys: list[KmsKey] = Field([], description="ARNs of the customer managed keys that secrets are under")
    task_policy: list[PolicyStatement] = Field([], description="What the container may do on AWS; default: nothing")
    egress: Destinations = Field([], description="Where tasks may connect to, beside AWS and the internet on 443")
    writable_paths: WritablePaths = Field([], description=WRITABLE)
    ephemeral_storage_gib: int | None = Field(
        None, ge=21, le=200, description="GiB of disk for all of a task's containers; default: Fargate's 20"
    )
    log_mode: inputs.LogMode = Field(
        inputs.Task.log_mode,
        description="While CloudWatch takes no logs, non-blocking loses lines and blocking halts the container",
    )
    sidecars: Sidecars = Field({}, description="Other containers of each task, by their names")
    prod_port: Port = Field(
        inputs.ListenerPorts.prod, description="Of the load balancer; a change cuts requests for some seconds"
    )
    test_port: Port = Field(
        inputs.ListenerPorts.test, description="Of the load balancer, for the hook; not to be changed during a release"
    )
    target_groups: TargetGroups = TargetGroups()
    live: inputs.Color = Field(
        inputs.TargetGroups.live,
        description="Which group the listeners are created with; read only when they are created again",
    )
    request_timeout_seconds: int = Field(
        inputs.REQUEST_TIMEOUT_SECONDS, ge=1, le=30, description="How long the API waits for an answer"
    )
    health_check_grace_period_seconds: int = Field(
        inputs.Task.health_check_grace_period_seconds,
        ge=0,
        le=2_147_483_647,
        description="How long a starting task may fail its health checks before ECS replaces it",
    )
    deployment: Deployment = Deployment()
    alarms: Alarms = Alarms()
    hook: Hook = Hook()
    checks: list[Check] = Field(
        [], description="What the hook asks; default: the literal GET routes and the health path"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = [*self._wrong_size(), *self._wrong_count(), *self._wrong_waits(), *self._wrong_secrets()]
        if (self.alarms.latency_p99_seconds or 0) >= self.request_timeout_seconds:
            mistakes.append(
                "alarms.latency_p99_seconds must be less than request_timeout_seconds, after which no answer counts: "
                f"{self.request_timeout_seconds}, got {self.alarms.latency_p99_seconds:g}"
            )
        if self.prod_port == self.test_port:
            mistakes.append(f"test_port must differ from prod_port, got {self.prod_port} for both")
        mistakes += [
            f"checks.{index}.headers must not have {name}, the hook's identity_header: an echo would look like a proof"
            for index, check in enumerate(self.checks)
            for name in check.headers
            if name.lower() == self.hook.identity_header.lower()
        ]
        if not self.checks and not self.literal_get_paths:
            mistakes.append(f"checks is required where no route is a literal GET path, got routes {shown(self.routes)}")
        all_of(mistakes)
        return self

    def _wrong_size(self) -> list[str]:
        if self.cpu not in FARGATE_MEMORY:
            return [f"cpu must be one of {', '.join(map(str, FARGATE_MEMORY))}, got {self.cpu}"]
        mistakes = []
        accepted = FARGATE_MEMORY[self.cpu]
        if self.memory not in accepted:
            mistakes.append(
                f"memory with cpu {self.cpu} must be one of {', '.join(map(str, accepted))}, got {self.memory}"
            )
        mistakes += sizes(self.memory, self.container.memory_reservation, self.sidecars)
        return mistakes

    def _wrong_count(self) -> list[str]:
        if not self.scaling or self.scaling.min <= self.desired_count <= self.scaling.max:
            return []
        bounds = f"from scaling.min to scaling.max, {self.scaling.min} to {self.scaling.max}"
        return [f"desired_count must be {bounds}, got {self.desired_count}"]

    def _wrong_waits(self) -> list[str]:
        waits = (
            self.request_timeout_seconds,
            self.target_groups.deregistration_delay_seconds,
            self.container.stop_timeout_seconds,
        )
        if waits[0] <= waits[1] < waits[2]:
            return []
        return [
            "a stopping task would cut requests off: request_timeout_seconds <= "
            "target_groups.deregistration_delay_seconds < container.stop_timeout_seconds is needed, "
            f"got {waits[0]}, {waits[1]}, {waits[2]}"
        ]

    def _wrong_secrets(self) -> list[str]:
        mistakes = [f"secrets: {name} is in environment too" for name in self.secrets if name in self.environment]
        if self.secrets_kms_keys and not self.secrets:
            mistakes.append("secrets_kms_keys must be left out without secrets, which alone are read with them")
        return mistakes

    @property
    def arns(self) -> dict[str, str]:
        """Of what must be where the service is, by their keys here."""
        keys = {f"secrets_kms_keys.{index}": key for index, key in enumerate(self.secrets_kms_keys)}
        hooks = {f"deployment.hooks.{event}": arn for event, arn in self.deployment.own_hooks.items()}
        return {f"secrets.{name}": arn for name, arn in self.secrets.items()} | keys | hooks

    @property
    def grants(self) -> needs.Grants:
        return needs.Grants(
            secrets=self.secrets,
            secrets_kms_keys=self.secrets_kms_keys,
            task_policy=[statement.granted for statement in self.task_policy],
        )

    @property
    def images(self) -> dict[str, str]:
        """What each of its containers is made of, by the place in the settings."""
        others = {f"sidecars.{name}.image": sidecar.image for name, sidecar in self.sidecars.items()}
        return {"image": self.image, **others}

    @property
    def ports(self) -> inputs.ListenerPorts:
        return inputs.ListenerPorts(prod=self.prod_port, test=self.test_port)

    @property
    def autoscaling(self) -> inputs.Scaling | None:
        return inputs.Scaling(**self.scaling.model_dump()) if self.scaling else None

    @property
    def release(self) -> inputs.ReleaseSettings:
        return self.deployment.release

    @property
    def release_alarms(self) -> inputs.AlarmSettings:
        return inputs.AlarmSettings(**self.alarms.model_dump())

    @property
    def literal_get_paths(self) -> list[str]:
        return [route.removeprefix("GET ") for route in self.routes if is_literal_get(route)]

    @property
    def effective_checks(self) -> list[dict[str, object]]:
        """The CHECKS of the hook, only with what differs from the hook's own defaults."""
        checks = self.checks or [
            Check(path=path) for path in [*self.literal_get_paths, self.target_groups.health_check.path]
        ]
        return [check.model_dump(by_alias=True, exclude_defaults=True) for check in checks]
