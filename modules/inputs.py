"""What a user chooses about an environment, as the constructs take it. Free of cdktf.

Each default and bound is here only: the settings in environments/ take theirs from these fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Architecture = Literal["arm64", "x86_64"]
Color = Literal["blue", "green"]
COLORS: tuple[Color, Color] = ("blue", "green")
Egress = Literal["nat-per-az", "nat-single", "endpoints"]
Identity = Literal["auto", "header", "listener", "off"]

LOG_RETENTION_DAYS = 365
"""How long logs are kept; AWS allows certain numbers of days only."""

DESIRED_COUNT = 2
"""How many tasks a service is created with: one is left when a zone is lost."""

REQUEST_TIMEOUT_SECONDS = 10
"""How long the API waits for an answer; AWS allows 30."""

MOST_BAKE_MINUTES = 2880
"""CodeDeploy's most: two days."""


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """What the API lets through. Requests beyond it are answered 429, and never reach a task."""

    rate: int = 1000
    """Requests a second, in the long run."""

    burst: int = 500
    """Requests at once."""


@dataclass(frozen=True, kw_only=True)
class ListenerPorts:
    """The ports of a service's two listeners on the load balancer, which it shares with no other service."""

    prod: int = 80
    """Where the API's requests come in, always to the live version."""

    test: int = 8080
    """Where the hook asks the candidate; nothing else can reach it."""

    def __post_init__(self) -> None:
        if self.prod == self.test:
            raise ValueError(f"test must differ from prod, got {self.prod} for both")


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer decides whether a task may get traffic."""

    path: str = "/health"
    """Must not test what the service depends on: all tasks would fail, and be replaced, together."""

    interval_seconds: int = 5
    """Between two checks; by default a task that stops answering loses its traffic within some 15 seconds."""

    timeout_seconds: int = 4
    """How long an answer may take; less than the interval."""

    healthy_threshold: int = 2
    """Checks in a row that a task which failed must pass before it gets traffic again; a new one needs one."""

    unhealthy_threshold: int = 3
    """Checks in a row that a task fails before its traffic goes to others, and ECS replaces it."""

    matcher: str = "200"
    """Status codes that pass, such as "200", "200,204" or "200-299"."""


@dataclass(frozen=True, kw_only=True)
class TargetGroups:
    """The two groups of tasks that CodeDeploy moves a service's traffic between."""

    blue: str
    """The name of one; AWS knows one target group of a name in an account and region."""

    green: str
    """The name of the other. Neither says which version is in it: every release uses them the other way round."""

    live: Color = "blue"
    """Which has production traffic when the listeners are made. Not read again: from then on CodeDeploy moves it."""

    deregistration_delay_seconds: int = 15
    """How long a task that leaves may finish its requests; by default longer than the API waits for an answer."""

    health_check: HealthCheck = HealthCheck()
    """Both groups have the same one. By default GET /health has to answer 200."""

    def __post_init__(self) -> None:
        if self.blue == self.green:
            raise ValueError(f"green must differ from blue, got {self.blue} for both")


@dataclass(frozen=True, kw_only=True)
class Container:
    """The one container of a task, which takes its traffic."""

    name: str
    """What ECS and CodeDeploy know it by."""

    port: int = 3000
    """Where it listens. A change takes effect with the next release, and cuts no task off before."""

    memory_reservation: int | None = None
    """MiB that are kept for it; None: no soft limit, the task's memory is the only one."""

    health_command: Sequence[str] | None = None
    """Run inside it, such as ["CMD", "/image", "health"]; None: only the load balancer checks the task."""

    stop_timeout_seconds: int = 30
    """From SIGTERM to SIGKILL; by default longer than a task that leaves still gets requests."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What each task of a service is made of. A change of it ships with the next release, and not with the apply."""

    family: str
    """Of the task definitions; one name in a whole account and region."""

    image: str
    """What the service is created with; from then on releases own it."""

    architecture: Architecture
    """Of the processor that it runs on; the image must be built for it."""

    container: Container
    """The one that takes traffic."""

    cpu: int = 256
    """Units, of which 1024 are one vCPU. The default is the least that Fargate has."""

    memory: int = 512
    """MiB, of those that Fargate has with this `cpu`. A container that needs more is killed."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the container; none by default."""

    health_check_grace_period_seconds: int = 60
    """From RUNNING on, ECS ignores failing health checks of a task for so long; without it
    one that starts slowly is replaced before it can answer."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """How long what it writes is kept."""


@dataclass(frozen=True, kw_only=True)
class HookSettings:
    """What the hook asks of the candidate, and how long that may take. What fails, production does not get."""

    checks: Sequence[Mapping[str, object]]
    """The requests that must succeed; contracts/checks.json says what one may be. At least one."""

    identity: Identity = "auto"
    """How it is proven that the candidate answers: by its header where it sends one, else by the listener; off: not
    at all, and a release may pass that was never asked."""

    identity_header: str = "x-task-definition"
    """The response header that names the version that answers, as `family:revision`."""

    request_timeout_ms: int = 2000
    """Milliseconds that one attempt may take, connecting included."""

    warmup_seconds: int = 30
    """How long a check that fails is tried again before the release is refused; 0: one attempt."""

    memory: int = 256
    """MiB of the function; its share of a processor grows with them."""

    timeout_seconds: int = 120
    """When Lambda ends it; the hook gives its verdict before. It takes this long only to refuse."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """How long the reasons of its verdicts are kept."""


@dataclass(frozen=True, kw_only=True)
class ReleaseSettings:
    """How CodeDeploy moves production traffic to a candidate that the hook found good."""

    config: str = "CodeDeployDefault.ECSAllAtOnce"
    """The deployment configuration's name. The default moves all traffic in one step."""

    bake_minutes: int = 5
    """How long the old tasks are kept after that: until then the way back is instant, afterwards it is a release."""

    def __post_init__(self) -> None:
        if not 0 <= self.bake_minutes <= MOST_BAKE_MINUTES:
            raise ValueError(f"bake_minutes must be from 0 to {MOST_BAKE_MINUTES}, got {self.bake_minutes}")
