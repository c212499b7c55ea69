"""What an environment's YAML file may say. One file is one Terraform stack, named as the file.

Required is only what has no sensible default. Every default is what a good team would run.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from environments import names, regions, routes, secrets
from environments.alarms import Notify
from environments.network import ENDPOINTS_INSTEAD_OF_NAT, Network
from environments.service import Service
from environments.stack import NamedStack
from environments.tags import own_tags
from environments.values import Name, Settings, all_of
from modules import images, inputs
from modules.hook_package import native_architecture
from modules.managed import ManagedEnvironment
from modules.names import ServiceId

__all__ = ["Environment", "Service"]


# CloudWatch Logs' PutRetentionPolicy takes no other number of days.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
SANDBOX_ACCOUNT = "123456789012"  # the sandbox's, which is no customer's account on AWS
LISTENERS = 50  # of one application load balancer


class Throttling(Settings):
    """Requests over these limits are answered 429 by API Gateway, before they reach the service."""

    rate: int = Field(inputs.Throttling.rate, ge=1, description="Requests a second")
    burst: int = Field(inputs.Throttling.burst, ge=1, le=2_147_483_647, description="Requests at once")


class Environment(NamedStack):
    """Everything a user edits about one environment."""

    kind: Literal["environment"] = "environment"
    architecture: Annotated[
        inputs.Architecture,
        BeforeValidator(lambda given: native_architecture() if given == "native" else given),
        WithJsonSchema({"enum": ["arm64", "x86_64", "native"], "type": "string"}),
    ] = Field("arm64", description="Of tasks and hook alike; native: this machine's")
    log_retention_days: int = Field(
        inputs.LOG_RETENTION_DAYS, description=f"One of {', '.join(map(str, RETENTION_DAYS))}"
    )
    deletion_protection: bool = Field(
        False, description="Of the load balancer: what would destroy it is refused, by the plan too"
    )
    network: Network = Network()
    throttling: Throttling = Throttling()
    notify: Notify | None = Field(None, description="Who is told of alarms and failed releases; default: nobody")
    services: dict[Name, Service] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        if self.log_retention_days not in RETENTION_DAYS:
            mistakes.append(
                f"log_retention_days must be one of {', '.join(map(str, RETENTION_DAYS))}, "
                f"got {self.log_retention_days}"
            )
        try:
            mistakes += self.network.wrong_leaving(self.availability_zones)
        except ValueError as error:
            mistakes.append(f"network.availability_zones {error}")
        mistakes += self._wrong_ports()
        mistakes += routes.mistakes((key, route) for key, service in self.services.items() for route in service.routes)
        mistakes += [wrong for key, service in self.services.items() for wrong in self._wrong_containers(key, service)]
        mistakes += secrets.elsewhere(
            {f"services.{key}.{path}": arn for key, one in self.services.items() for path, arn in one.arns.items()},
            self.location,
        )
        mistakes += self.notify.mistakes(self.location) if self.notify else []
        mistakes += [
            f"services.{key}.task_policy.{index}.resources must be in partition {self.location.partition}, got {arn}"
            for key, service in self.services.items()
            for index, statement in enumerate(service.task_policy)
            for arn in statement.resources
            if not arn.startswith(("*", f"arn:{self.location.partition}:"))
        ]
        mistakes += names.mistakes(self)
        all_of(mistakes)
        return self

    def _wrong_ports(self) -> list[str]:
        owners: dict[int, str] = {}
        mistakes = []
        for key, service in self.services.items():
            for port in {service.prod_port, service.test_port}:
                if port in owners:
                    mistakes.append(
                        f'services.{key}: port "{port}" is taken by services.{owners[port]}; each needs its own'
                    )
                owners[port] = key
        if 2 * len(self.services) > LISTENERS:
            mistakes.append(
                f"services: a load balancer has {LISTENERS} listeners, enough for {LISTENERS // 2} services, "
                f"got {len(self.services)}"
            )
        return mistakes

    def _wrong_containers(self, key: str, service: Service) -> list[str]:
        name = service.container.name or key
        named = service.images.items()
        mistakes = [wrong for place, image in named if (wrong := self._unreachable(f"{key}.{place}", image))]
        if name in service.sidecars:
            mistakes.append(f"services.{key}.sidecars: {name} is the name of the service's own container")
        return mistakes

    def _unreachable(self, place: str, given: str) -> str | None:
        image = images.parse(given)
        try:
            if image:
                regions.reachable(image.region, self.region)
        except ValueError as error:
            return f"services.{place} {error}"
        if self.network.egress != "endpoints":
            return None
        if image and image.region == self.region and image.through_endpoint:
            return None
        return (
            f"services.{place}: with network.egress endpoints the image must be in private ECR in {self.region}, under "
            f"its name <account>.dkr.ecr.{self.region}.amazonaws.com, which is all that can be reached, got {given}"
        )

    @property
    def all_tags(self) -> dict[str, str]:
        """Of every resource: Greenlight's own, and the user's."""
        return own_tags(self.name) | self.tags

    @property
    def on_lambda(self) -> bool:
        """Whether hooks run on Lambda itself: what is deployed to the sandbox's account does not."""
        return self.account != SANDBOX_ACCOUNT

    @property
    def vpc_name(self) -> str:
        return self.network.name or self.name

    @property
    def api_throttling(self) -> inputs.Throttling:
        return inputs.Throttling(**self.throttling.model_dump())

    @property
    def notices(self) -> inputs.NotifySettings | None:
        return inputs.NotifySettings(**self.notify.model_dump()) if self.notify else None

    def service_id(self, service: str) -> ServiceId:
        return ServiceId(environment=self.name, key=service, location=self.location)

    def target_group_name(self, service: str, color: inputs.Color) -> str:
        given = self.services[service].target_groups
        named = {"blue": given.blue, "green": given.green}[color]
        return named or f"{self.service_id(service).name}-{color}"

    def family(self, service: str) -> str:
        """Of the service's task definitions; families are shared by a whole account and region."""
        return self.services[service].family or self.service_id(service).name

    def target_groups(self, service: str) -> inputs.TargetGroups:
        """The pair that the service's traffic moves between."""
        given = self.services[service].target_groups
        return inputs.TargetGroups(
            blue=self.target_group_name(service, "blue"),
            green=self.target_group_name(service, "green"),
            live=self.services[service].live,
            deregistration_delay_seconds=given.deregistration_delay_seconds,
            health_check=inputs.HealthCheck(**given.health_check.model_dump()),
        )

    def managed(self, stack: str) -> ManagedEnvironment:
        """What the roles of its account have to know of it."""
        named = [image for one in self.services.values() for image in one.images.values()]
        repositories = [image.arn for one in named if (image := images.parse(one))]
        groups = [self.target_group_name(key, color) for key in self.services for color in inputs.COLORS]
        return ManagedEnvironment(
            stack=stack,
            name=self.name,
            location=self.location,
            state_bucket=self.bucket,
            target_groups=_by_prefix(groups, self.name),
            families=_by_prefix([self.family(key) for key in self.services], self.name),
            repositories=list(dict.fromkeys(repositories)),
            grants=[one.grants for one in self.services.values()],
            own_hooks=list(dict.fromkeys(arn for one in self.services.values() for arn in one.release.hooks.values())),
        )

    def task(self, service: str) -> inputs.Task:
        """What each of the service's tasks is made of."""
        given = self.services[service]
        container = given.container.model_dump() | {"name": given.container.name or service}
        return inputs.Task(
            family=self.family(service),
            image=given.image,
            architecture=self.architecture,
            container=inputs.Container(**container),
            cpu=given.cpu,
            memory=given.memory,
            environment=given.environment,
            grants=given.grants,
            writable_paths=given.writable_paths,
            ephemeral_storage_gib=given.ephemeral_storage_gib,
            log_mode=given.log_mode,
            sidecars=[
                inputs.Sidecar(name=name, **sidecar.model_dump()) for name, sidecar in sorted(given.sidecars.items())
            ],
            health_check_grace_period_seconds=given.health_check_grace_period_seconds,
            log_retention_days=self.log_retention_days,
        )

    def hook(self, service: str) -> inputs.HookSettings:
        """What the service's hook asks of a candidate."""
        given = self.services[service]
        return inputs.HookSettings(
            checks=given.effective_checks, log_retention_days=self.log_retention_days, **given.hook.model_dump()
        )

    @property
    def interface_endpoints(self) -> list[str]:
        """Those asked for and, without NAT, those that nothing works without: a team's VPC has them already."""
        needed = set(self.network.endpoints)
        if self.network.egress == "endpoints":
            needed |= set(ENDPOINTS_INSTEAD_OF_NAT)
            if any(service.hook.identity in ("auto", "listener") for service in self.services.values()):
                needed.add("elasticloadbalancing")  # where the hook asks which group the test listener leads to
            # A starting task reads its secrets from its own network interface; these services use KMS for it.
            needed |= {arn.split(":")[2] for service in self.services.values() for arn in service.secrets.values()}
        return sorted(needed)

    @property
    def availability_zones(self) -> list[str]:
        """Of the environment's own VPC; none where it is the team's."""
        if self.network.vpc_id:
            return []
        return regions.zones(self.network.availability_zones, self.region)


def _by_prefix(names: list[str], environment: str) -> list[str]:
    """One pattern for those that begin with the environment's name, as by default, and the others as they are."""
    prefix = f"{environment}-"
    return list(dict.fromkeys(f"{prefix}*" if name.startswith(prefix) else name for name in names))
