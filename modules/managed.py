"""An account's environments, by the names that the policies of its roles are about. Does not import cdktf."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from modules.location import Location
from modules.names import MANIFESTS, flow_logs_role, notify_topic
from modules.needs import Grants


@dataclass(frozen=True, kw_only=True)
class ManagedEnvironment:
    """An environment, as ARNs by name: what is called as it is, or begins with `<name>-`."""

    stack: str
    """Its stack: the first part of its state's key."""

    name: str
    """The prefix of its resources."""

    location: Location
    """The account and region it is deployed to."""

    state_bucket: str
    """The bucket that its state is in."""

    target_groups: Sequence[str]
    """Their names, which the settings may choose."""

    families: Sequence[str]
    """Of its task definitions, which the settings may choose."""

    repositories: Sequence[str]
    """ARNs of the ECR repositories that its services' images are in."""

    grants: Sequence[Grants] = ()
    """What its services are allowed on AWS, one each."""

    own_hooks: Sequence[str] = ()
    """ARNs of the team's own functions at lifecycle events."""

    def arn(self, service: str, resource: str) -> str:
        return self.location.arn(service, resource)

    def states(self, *endings: str) -> list[str]:
        return [state(self.location, self.state_bucket, self.stack, ending) for ending in endings]

    @property
    def bucket_arn(self) -> str:
        return f"arn:{self.location.partition}:s3:::{self.state_bucket}"

    @property
    def roles(self) -> str:
        return self.location.iam_arn(f"role/{self.name}-*")

    @property
    def task_roles(self) -> list[str]:
        return [self.location.iam_arn(f"role/{self.name}-*-{role}") for role in ("execution", "task")]

    @property
    def passed_roles(self) -> list[str]:
        """What services are given, by their whole names: one that only begins alike may be somebody else's."""
        others = (flow_logs_role(self.name), f"{self.name}-*-codedeploy", f"{self.name}-*-hook")
        return [*self.task_roles, *(self.location.iam_arn(f"role/{role}") for role in others)]

    @property
    def functions(self) -> str:
        """Of hooks, which are all that there are."""
        return self.arn("lambda", f"function:{self.name}-*-hook")

    @property
    def cluster(self) -> str:
        return self.arn("ecs", f"cluster/{self.name}")

    @property
    def ecs_services(self) -> str:
        return self.arn("ecs", f"service/{self.name}/{self.name}-*")

    @property
    def scalable_targets(self) -> str:
        """All of the region: they have no names."""
        return self.arn("application-autoscaling", "scalable-target/*")

    @property
    def revisions(self) -> list[str]:
        return [self.arn("ecs", f"task-definition/{family}:*") for family in self.families]

    @property
    def applications(self) -> str:
        return self.arn("codedeploy", f"application:{self.name}-*")

    @property
    def deployment_groups(self) -> str:
        return self.arn("codedeploy", f"deploymentgroup:{self.name}-*/{self.name}-*")

    @property
    def deployment_configs(self) -> str:
        return self.arn("codedeploy", f"deploymentconfig:{self.name}-*")

    @property
    def log_groups(self) -> list[str]:
        """Of tasks, hooks, flow logs and the API. Of tags AWS asks for the bare ARN, else with `:*` behind it."""
        flows = f"/aws/vpc/{self.name}"
        names = (f"/ecs/{self.name}/*", f"/aws/lambda/{self.name}-*", flows, f"{flows}:*")
        return [self.arn("logs", f"log-group:{name}") for name in (*names, f"/aws/vendedlogs/{self.name}/*")]

    @property
    def manifests(self) -> str:
        return self.arn("ssm", f"parameter{MANIFESTS}/{self.name}/*")

    @property
    def all_manifests(self) -> str:
        """Those of other environments too: they are looked for by this path."""
        return self.arn("ssm", f"parameter{MANIFESTS}*")

    @property
    def event_rules(self) -> str:
        return self.arn("events", f"rule/{self.name}-*")

    @property
    def alarms(self) -> str:
        return self.arn("cloudwatch", f"alarm:{self.name}-*")

    @property
    def topic(self) -> str:
        return self.arn("sns", notify_topic(self.name))

    @property
    def load_balancers(self) -> str:
        return self.arn("elasticloadbalancing", f"loadbalancer/app/{self.name}/*")

    @property
    def listeners(self) -> str:
        return self.arn("elasticloadbalancing", f"listener/app/{self.name}/*")

    @property
    def target_group_arns(self) -> list[str]:
        return [self.arn("elasticloadbalancing", f"targetgroup/{name}/*") for name in self.target_groups]

    # API Gateway knows no names: these are all HTTP APIs and VPC links of the region.
    @property
    def apis(self) -> list[str]:
        return list(dict.fromkeys([*self.api_lists, *self.api_parts]))

    @property
    def api_lists(self) -> list[str]:
        """What another one can be added to."""
        return [self._api("apis"), self._api("apis/*"), self._api("vpclinks")]

    @property
    def api_parts(self) -> list[str]:
        return [self._api("apis/*"), self.vpc_links]

    @property
    def vpc_links(self) -> str:
        return self._api("vpclinks/*")

    @property
    def api_tags(self) -> str:
        return self._api("tags/*")

    def _api(self, path: str) -> str:
        return f"arn:{self.location.partition}:apigateway:{self.location.region}::/{path}"


Managed = Sequence[ManagedEnvironment]


@dataclass(frozen=True, kw_only=True)
class ManagedRegistry:
    """The repositories that an account's environments share."""

    stack: str
    """Its stack: the first part of its state's key."""

    location: Location
    """The account and region it is deployed to."""

    state_bucket: str
    """The bucket that its state is in."""

    repositories: Sequence[str]
    """Their names."""

    def states(self, *endings: str) -> list[str]:
        return [state(self.location, self.state_bucket, self.stack, ending) for ending in endings]

    @property
    def bucket_arn(self) -> str:
        return f"arn:{self.location.partition}:s3:::{self.state_bucket}"

    @property
    def repository_arns(self) -> list[str]:
        return [self.location.arn("ecr", f"repository/{name}") for name in self.repositories]


def state(location: Location, bucket: str, stack: str, ending: str) -> str:
    """ARN of a stack's state, `tfstate`, or of its lock, `tfstate.tflock`."""
    return f"arn:{location.partition}:s3:::{bucket}/{stack}/terraform.{ending}"


One = TypeVar("One")


def each(managed: Sequence[One], *found: Callable[[One], str | Iterable[str]]) -> list[str]:
    """The ARNs that each of `found` has for each environment or registry, each once."""
    arns: dict[str, None] = {}
    for look in found:
        for one in managed:
            named = look(one)
            arns |= dict.fromkeys([named] if isinstance(named, str) else named)
    return list(arns)
