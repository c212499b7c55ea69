"""The values a user chooses for an environment, in the shape the constructs take them. Does not import cdktf.

This is the only place for their defaults: the settings in environments/ read them from these fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from modules.needs import Grants

Architecture = Literal["arm64", "x86_64"]
Color = Literal["blue", "green"]
COLORS: tuple[Color, Color] = ("blue", "green")
Egress = Literal["nat-per-az", "nat-single", "endpoints"]
Identity = Literal["auto", "header", "listener", "off"]
LogMode = Literal["non-blocking", "blocking"]
Start = Literal["START", "HEALTHY", "COMPLETE", "SUCCESS"]

UNTAGGED_DAYS = 14
"""Days that a registry keeps an image without a tag after its push."""

LOG_RETENTION_DAYS = 365
"""Days that CloudWatch keeps logs. It accepts only certain values: RETENTION_DAYS in environments/settings.py."""

DESIRED_COUNT = 2
"""Tasks that a service is created with: if one zone fails, the other still has one."""

REQUEST_TIMEOUT_SECONDS = 10
"""Seconds that the API waits for a response; API Gateway allows 30."""

MOST_CONTAINERS = 10
"""Of a task definition, which is AWS's quota."""

MOST_BAKE_MINUTES = 2880
"""CodeDeploy's maximum: two days."""

MOST_ALARMS = 10
"""CodeDeploy's maximum, of one deployment group."""

MOST_SHIFT_MINUTES = 2880
"""CodeDeploy's maximum from the first to the last shift of traffic: two days."""

MOST_APPROVAL_MINUTES = 7200
"""CodeDeploy's maximum for ECS: 120 hours. https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html"""


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """Request limits of the API. Requests over a limit get a 429 and never reach a task."""

    rate: int = 1000
    """Requests per second, sustained."""

    burst: int = 500
    """Requests at once."""


@dataclass(frozen=True, kw_only=True)
class ListenerPorts:
    """The ports of a service's two listeners. No two listeners of a load balancer share a port."""

    prod: int = 80
    """The prod listener's: the API sends requests here, and the live version answers them."""

    test: int = 8080
    """The test listener's: the hook sends its checks here, and the candidate answers. Nothing else can reach it."""

    def __post_init__(self) -> None:
        if self.prod == self.test:
            raise ValueError(f"test must differ from prod, got {self.prod} for both")


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer decides whether a task may get traffic."""

    path: str = "/health"
    """Must not check what the service depends on: an outage there would get every task replaced at the same time."""

    interval_seconds: int = 5
    """Seconds between two checks. By default a task that stops answering loses its traffic after about 15 seconds."""

    timeout_seconds: int = 4
    """Seconds that a response may take; less than the interval."""

    healthy_threshold: int = 2
    """Consecutive successes before an unhealthy task gets traffic again. A new task needs only one."""

    unhealthy_threshold: int = 3
    """Consecutive failures before a task loses its traffic and ECS replaces it."""

    matcher: str = "200"
    """Status codes that pass, such as "200", "200,204" or "200-299"."""


@dataclass(frozen=True, kw_only=True)
class TargetGroups:
    """The two target groups that CodeDeploy moves a service's traffic between."""

    blue: str
    """The first group's name, unique in its account and region."""

    green: str
    """The second group's name. Each release swaps the groups, so a name does not say which version is in the group."""

    live: Color = "blue"
    """The group that the prod listener is created with. Not read afterwards: CodeDeploy moves the traffic."""

    deregistration_delay_seconds: int = 15
    """Seconds that a deregistered task has to finish its requests. The default exceeds the API's request timeout."""

    health_check: HealthCheck = HealthCheck()
    """The same for both groups. By default `GET /health` must return 200."""

    def __post_init__(self) -> None:
        if self.blue == self.green:
            raise ValueError(f"green must differ from blue, got {self.blue} for both")


@dataclass(frozen=True, kw_only=True)
class Container:
    """The task's container."""

    name: str
    """Its name in the task definition and in the AppSpec."""

    port: int = 3000
    """The port it listens on. A change takes effect with the next release; until then live tasks keep the old port."""

    memory_reservation: int | None = None
    """MiB, the soft limit; None: no soft limit, only the task's memory."""

    health_command: Sequence[str] | None = None
    """Health check inside the container, such as ["CMD", "/image", "health"]; None: only the load balancer checks."""

    stop_timeout_seconds: int = 30
    """Seconds from SIGTERM to SIGKILL. The default exceeds the deregistration delay, so requests can finish."""


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """Another container of the task."""

    name: str
    """Its name in the task definition, and the prefix of its log streams."""

    image: str
    """Where it is in private ECR, releases pin it by digest."""

    command: Sequence[str] | None = None
    """None: the image's own."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """The sidecar's environment variables."""

    essential: bool = True
    """Whether the task stops when the sidecar does. If not, the service goes on without it."""

    memory: int | None = None
    """MiB, the hard limit; None: only the task's memory."""

    memory_reservation: int | None = None
    """MiB, the soft limit; None: `memory`, if that is given."""

    health_command: Sequence[str] | None = None
    """Health check inside the sidecar. While an essential one fails it, ECS replaces the task."""

    user: str | None = None
    """None: the image's own."""

    start: Start = "START"
    """What the service's container waits for. The other way round, the sidecar stops after the service's container."""

    writable_paths: Sequence[str] = ()
    """As a task's."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A service's task definition. An apply registers a changed one; the next release puts it into service."""

    family: str
    """The task definition's family, unique in its account and region."""

    image: str
    """The image the service is created with. Afterwards releases choose the image."""

    architecture: Architecture
    """The processor architecture that tasks run on. The image must be built for it."""

    container: Container
    """The container that gets the traffic."""

    cpu: int = 256
    """CPU units: 1024 are one vCPU. The default is Fargate's minimum."""

    memory: int = 512
    """MiB, one of the sizes that Fargate offers with this `cpu`. A container that needs more is killed."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """The container's environment variables."""

    grants: Grants = field(default_factory=Grants)
    """Its secrets, and what its container may do on AWS."""
    writable_paths: Sequence[str] = ()
    """Folders of the container that are not read-only: empty volumes, which end with the task."""

    ephemeral_storage_gib: int | None = None
    """GiB of disk for images, writable paths and all else of a task; None: Fargate's 20."""

    log_mode: LogMode = "non-blocking"
    """What a container does that logs while CloudWatch Logs takes nothing. non-blocking: goes on, and loses lines once
    its buffer is full. blocking: waits, and may fail its health checks."""

    sidecars: Sequence[Sidecar] = ()
    """The other containers."""

    health_check_grace_period_seconds: int = 60
    """Seconds after a task starts in which ECS ignores failing health checks. Too short, and ECS replaces a
    slow-starting task before it can answer."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """Days that the container's logs are kept."""


@dataclass(frozen=True, kw_only=True)
class HookSettings:
    """The hook's checks and their limits. A candidate that fails them gets no production traffic."""

    checks: Sequence[Mapping[str, object]]
    """The requests to send, at least one; contracts/checks.json defines what a check may contain."""

    identity: Identity = "auto"
    """How the hook verifies that the candidate answered. auto: by the response header if there is one, otherwise by the
    test listener's target group. off: not at all, so a release can pass although another version answered."""

    identity_header: str = "x-task-definition"
    """The response header that names the answering version, as `family:revision`."""

    request_timeout_ms: int = 2000
    """Time limit of one attempt in milliseconds, including the connection."""

    warmup_seconds: int = 30
    """Seconds to retry a failing check before the hook rejects the candidate; 0: one attempt."""

    memory: int = 256
    """MiB. Lambda gives CPU in proportion to memory."""

    timeout_seconds: int = 120
    """Seconds until Lambda stops the function. The hook reports its verdict before that."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """Days that the hook's logs, with the reason of each verdict, are kept."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many tasks a service has. Each target that is given becomes a policy; None: not looked at."""

    min: int
    """Tasks that it never has fewer of. One that runs fewer gets them at once."""

    max: int
    """Tasks that it never has more of. One that runs more loses them at once."""

    cpu_percent: int | None = None
    """Average CPU of the tasks, in per cent of what the task has."""

    memory_percent: int | None = None
    """Average memory of the tasks, in per cent of what the task has."""

    requests_per_target: int | None = None
    """Requests that one task gets in a minute."""

    scale_in_cooldown_seconds: int = 300
    """Seconds after tasks were stopped in which no more are. AWS's default."""

    scale_out_cooldown_seconds: int = 60
    """Seconds in which tasks that were started count as on their way. About what a task takes to start."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Numbers of a deployment configuration of one's own."""

    percent: int
    """Of production traffic, from 1 to 99: what a canary gets first, or what each step of a linear shift adds."""

    interval_minutes: int
    """Minutes until the rest follows a canary, or between two steps of a linear shift."""


@dataclass(frozen=True, kw_only=True)
class ReleaseSettings:
    """How CodeDeploy moves production traffic to a candidate that passed the hook."""

    config: str = "CodeDeployDefault.ECSAllAtOnce"
    """Name of the deployment configuration. The default moves all traffic in one step."""

    canary: Shift | None = None
    """Instead of `config`: a part of the traffic first, the rest after the interval."""

    linear: Shift | None = None
    """Instead of `config`: an equal part of the traffic with each interval."""

    approval_wait_minutes: int = 0
    """Minutes that a release waits for an approval, without which it is rolled back. 0: it does not wait."""

    bake_minutes: int = 5
    """Minutes that the old tasks are kept after the shift. Until then a rollback is instant; later it is a release."""

    hooks: Mapping[str, str] = field(default_factory=dict)
    """Lifecycle event -> ARN of a function of the team's own. Any answer but Succeeded fails the release."""

    def __post_init__(self) -> None:
        for key, most in (("approval_wait_minutes", MOST_APPROVAL_MINUTES), ("bake_minutes", MOST_BAKE_MINUTES)):
            if not 0 <= (given := getattr(self, key)) <= most:
                raise ValueError(f"{key} must be from 0 to {most}, got {given}")


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """The alarms that stop a release of the service and roll it back. By default there are none.

    Each is of one target group, and fires when two of three minutes in a row were bad. A minute is judged only with
    `minimum_requests` or more: so neither an idle group nor a quiet night fires anything.
    """

    error_percent: float | None = None
    """Percent of a group's requests, over which it fires: 5xx of tasks, and tasks that took no connection."""

    latency_p99_seconds: float | None = None
    """Seconds over which the slowest hundredth of a group's answers fires it."""

    minimum_requests: int = 10
    """Requests of a group in a minute, below which the minute counts as good. A canary gets its share of them only."""

    more: Sequence[str] = ()
    """Names of the team's own alarms that stop a release too. They must be there: CodeDeploy reads each of them."""


@dataclass(frozen=True, kw_only=True)
class NotifySettings:
    """Who is told of alarms and of releases that failed."""

    topic: str | None = None
    """ARN of the team's own SNS topic, whose policy lets CloudWatch and EventBridge publish; None: one is made."""

    emails: Sequence[str] = ()
    """Addresses that the topic which is made writes to. Each has to confirm, by a link in the first message."""

    api_error_percent: float | None = None
    """Percent of the API's requests that are answered 5xx, over which is told; None: not told. Stops no release."""
