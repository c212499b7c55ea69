"""Who may talk to whom. All of it is on this page, and nothing else is open:

API Gateway -> VPC link -> load balancer:prod port -> tasks (any TCP port)
                   hook -> load balancer:test port
            tasks, hook -> 443 (AWS)
                  tasks -> what the settings name: a database's group, a prefix list, a block

Descriptions are made of what EC2 takes: letters, digits, spaces and `. _-:/()#,@[]+=&;{}!$*`. It refuses an apostrophe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.inputs import ListenerPorts
from modules.leaving import Places
from modules.names import ServiceId
from modules.needs import Destination
from modules.network import PrivateNetwork


@dataclass(frozen=True, kw_only=True)
class SharedSecurityGroupsProps:
    name: str
    """The environment's name: the prefix of the groups' names."""

    vpc_id: str
    """The VPC that the groups belong to."""


@dataclass(frozen=True, kw_only=True)
class SharedGroups:
    """The groups that all services' requests pass through."""

    vpc_link_id: str
    load_balancer_id: str


class SharedSecurityGroups(Construct):
    """The groups of the VPC link and of the load balancer; they open nothing until a service asks for it."""

    def __init__(self, scope: Construct, id: str, props: SharedSecurityGroupsProps) -> None:
        super().__init__(scope, id)
        # A new VPC link is made before the old one goes, and Terraform then does the same with what the link depends
        # on. Two groups of one name cannot be there at once, hence a prefix.
        link = SecurityGroup(
            self,
            "vpc-link",
            name_prefix=f"{props.name}-vpc-link-",
            description="Way of API Gateway into the VPC",
            vpc_id=props.vpc_id,
            tags={"Name": f"{props.name}-vpc-link"},
        )
        balancer = _group(self, "load-balancer", f"{props.name}-load-balancer", "Internal load balancer", props.vpc_id)
        self.groups = SharedGroups(vpc_link_id=link.id, load_balancer_id=balancer)


@dataclass(frozen=True, kw_only=True)
class ServiceSecurityGroupsProps:
    service: ServiceId
    """The service that the groups belong to."""

    network: PrivateNetwork
    """Where the tasks and the hook run."""

    shared: SharedGroups
    """The groups of the VPC link and the load balancer."""

    ports: ListenerPorts = field(default_factory=ListenerPorts)
    """The listeners' ports: the link may reach the prod port, the hook the test port, and nothing else either."""

    egress: Sequence[Destination] = ()
    """Where the tasks may connect to beside 443; by default nowhere. Taken away, a destination is closed at once, for
    the tasks that run too."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where tasks or a function run, and what they need for as long as they run."""

    vpc_cidr: str
    subnet_ids: Sequence[str]
    """Private subnets, one per zone."""

    places: Places
    """Those of them that tasks are placed in."""

    security_group_id: str

    ways_out: Sequence[ITerraformDependable]
    """For depends_on: routes, endpoints and rules to AWS, and the rules of the service's own traffic."""


class ServiceSecurityGroups(Construct):
    """The groups of one service's tasks and hook, with every path to and from them.

    The test listener is reachable from the hook alone: no one else can see a version that is not released yet. The load
    balancer may reach tasks on any TCP port, and does on those that ECS has registered: a rule for the container's port
    alone would cut the live tasks off as soon as Terraform changes the port, which takes effect with the next release.
    """

    def __init__(self, scope: Construct, id: str, props: ServiceSecurityGroupsProps) -> None:
        super().__init__(scope, id)
        name, network = props.service.name, props.network
        tasks = _group(self, "tasks", f"{name}-tasks", f"Tasks of {name}", network.vpc_id)
        hook = _group(self, "hook", f"{name}-hook", f"Release hook of {name}", network.vpc_id)
        link, balancer = props.shared.vpc_link_id, props.shared.load_balancer_id
        prod, test = (props.ports.prod,) * 2, (props.ports.test,) * 2

        # For depends_on: a path is open before what uses it is there, and until that is gone.
        self.paths_to_prod = _path(
            self, "prod", f"{name}: production requests", source=link, target=balancer, ports=prod
        )
        paths_of_tasks = [
            *_path(
                self, "requests", f"{name}: requests and health checks", source=balancer, target=tasks, ports=(0, 65535)
            ),
            _to_aws(self, "tasks-to-aws", f"{name}: images, logs and AWS calls", source=tasks),
            *(_to_destination(self, name, one, source=tasks) for one in props.egress),
        ]
        paths_of_hook = [
            *_path(self, "test", f"{name}: checks of the hook", source=hook, target=balancer, ports=test),
            _to_aws(self, "hook-to-aws", f"{name}: answer of the hook to CodeDeploy", source=hook),
        ]
        self.tasks = _placed(network, tasks, paths_of_tasks)
        self.hook = _placed(network, hook, paths_of_hook)


def _placed(network: PrivateNetwork, group: str, paths: Sequence[ITerraformDependable]) -> Placement:
    return Placement(
        vpc_cidr=network.vpc_cidr,
        subnet_ids=network.subnet_ids,
        places=network.places,
        security_group_id=group,
        ways_out=[*network.ways_out, *paths],
    )


def _group(scope: Construct, id: str, name: str, description: str, vpc_id: str) -> str:
    group = SecurityGroup(scope, id, name=name, description=description, vpc_id=vpc_id, tags={"Name": name})
    return str(group.id)


def _path(
    scope: Construct, id: str, description: str, *, source: str, target: str, ports: tuple[int, int]
) -> list[ITerraformDependable]:
    """Opens the ports from the first to the last between two groups, at both ends."""
    first, last = ports
    return [
        VpcSecurityGroupEgressRule(
            scope,
            f"{id}-out",
            security_group_id=source,
            referenced_security_group_id=target,
            description=description,
            ip_protocol="tcp",
            from_port=first,
            to_port=last,
        ),
        VpcSecurityGroupIngressRule(
            scope,
            f"{id}-in",
            security_group_id=target,
            referenced_security_group_id=source,
            description=description,
            ip_protocol="tcp",
            from_port=first,
            to_port=last,
        ),
    ]


def _to_aws(scope: Construct, id: str, description: str, *, source: str) -> ITerraformDependable:
    rule: ITerraformDependable = VpcSecurityGroupEgressRule(
        scope,
        id,
        security_group_id=source,
        cidr_ipv4="0.0.0.0/0",
        description=description,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
    return rule


def _to_destination(scope: Construct, name: str, to: Destination, *, source: str) -> ITerraformDependable:
    """Its id is of what it opens, so that another destination before it in the settings does not touch it."""
    ports = str(to.first_port) if to.first_port == to.last_port else f"{to.first_port}-{to.last_port}"
    rule: ITerraformDependable = VpcSecurityGroupEgressRule(
        scope,
        f"tasks-to-{to.peer}-{to.protocol}-{ports}",
        security_group_id=source,
        referenced_security_group_id=to.security_group,
        prefix_list_id=to.prefix_list,
        cidr_ipv4=to.cidr,
        description=f"{name}: {to.protocol} {ports} of {to.peer}",
        ip_protocol=to.protocol,
        from_port=to.first_port,
        to_port=to.last_port,
    )
    return rule
