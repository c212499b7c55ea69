"""Who may talk to whom. All of it is on this page, and nothing else is open:

API Gateway -> VPC link -> load balancer:prod port -> tasks:container port
                   hook -> load balancer:test port
            tasks, hook -> 443 (AWS)
"""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class SharedSecurityGroupsProps:
    name: str
    vpc_id: str


class SharedSecurityGroups(Construct):
    """The groups of the VPC link and of the load balancer; they open nothing until a service asks for it."""

    def __init__(self, scope: Construct, id: str, props: SharedSecurityGroupsProps) -> None:
        super().__init__(scope, id)
        self.vpc_link_id = _group(
            self, "vpc-link", f"{props.name}-vpc-link", "API Gateway's way into the VPC", props.vpc_id
        )
        self.load_balancer_id = _group(
            self, "load-balancer", f"{props.name}-load-balancer", "Internal load balancer", props.vpc_id
        )


@dataclass(frozen=True, kw_only=True)
class ServiceSecurityGroupsProps:
    name: str
    vpc_id: str
    shared: SharedSecurityGroups
    prod_port: int
    test_port: int
    container_port: int


class ServiceSecurityGroups(Construct):
    """The groups of one service's tasks and hook, with every path to and from them.

    The test listener is reachable from the hook alone: nobody else can see a version that is not released yet.
    """

    def __init__(self, scope: Construct, id: str, props: ServiceSecurityGroupsProps) -> None:
        super().__init__(scope, id)
        tasks = _group(self, "tasks", f"{props.name}-tasks", f"Tasks of {props.name}", props.vpc_id)
        hook = _group(self, "hook", f"{props.name}-hook", f"Release hook of {props.name}", props.vpc_id)
        link, balancer = props.shared.vpc_link_id, props.shared.load_balancer_id

        _path(self, "prod", f"{props.name}: production requests", source=link, target=balancer, port=props.prod_port)
        _path(self, "test", f"{props.name}: the hook's checks", source=hook, target=balancer, port=props.test_port)
        _path(
            self,
            "requests",
            f"{props.name}: requests and health checks",
            source=balancer,
            target=tasks,
            port=props.container_port,
        )
        _to_aws(self, "tasks-to-aws", f"{props.name}: images, logs and AWS calls", source=tasks)
        _to_aws(self, "hook-to-aws", f"{props.name}: the hook's answer to CodeDeploy", source=hook)

        self.tasks_id = tasks
        self.hook_id = hook


def _group(scope: Construct, id: str, name: str, description: str, vpc_id: str) -> str:
    group = SecurityGroup(scope, id, name=name, description=description, vpc_id=vpc_id, tags={"Name": name})
    return str(group.id)


def _path(scope: Construct, id: str, description: str, *, source: str, target: str, port: int) -> None:
    """Opens one port between two groups, at both ends."""
    VpcSecurityGroupEgressRule(
        scope,
        f"{id}-out",
        security_group_id=source,
        referenced_security_group_id=target,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
    VpcSecurityGroupIngressRule(
        scope,
        f"{id}-in",
        security_group_id=target,
        referenced_security_group_id=source,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )


def _to_aws(scope: Construct, id: str, description: str, *, source: str) -> None:
    VpcSecurityGroupEgressRule(
        scope,
        id,
        security_group_id=source,
        cidr_ipv4="0.0.0.0/0",
        description=description,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
