"""The one internal application load balancer of an environment."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lb import Lb
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class LoadBalancerProps:
    name: str
    """At most 32 characters, one in its account and region."""

    subnet_ids: Sequence[str]
    """Private ones, one per zone, of at least two zones: requests go on while a zone is lost."""

    security_group_id: str
    """The group that says who reaches its listeners."""

    deletion_protection: bool = False
    """Whether AWS refuses to delete it. By default a destroy takes it, and the traffic with it."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerAttributes:
    arn: str
    arn_suffix: str
    """What ARNs of its listeners and rules have after their own kind: `app/<name>/<id>`."""

    dns_name: str
    """Resolves to private addresses: only the VPC can use it."""


class LoadBalancer(Construct):
    """Takes requests from the VPC link (prod listeners) and hooks (test listeners); the internet cannot reach it."""

    def __init__(self, scope: Construct, id: str, props: LoadBalancerProps) -> None:
        super().__init__(scope, id)
        balancer = Lb(
            self,
            "load-balancer",
            name=props.name,
            load_balancer_type="application",
            internal=True,
            subnets=list(props.subnet_ids),
            security_groups=[props.security_group_id],
            drop_invalid_header_fields=True,
            # AWS's default. "strictest" answers 400 to every GET and HEAD that comes through API Gateway, which gives
            # them a Content-Length of 0.
            desync_mitigation_mode="defensive",
            enable_deletion_protection=props.deletion_protection,
            idle_timeout=60,
        )
        self.attributes = LoadBalancerAttributes(
            arn=balancer.arn, arn_suffix=balancer.arn_suffix, dns_name=balancer.dns_name
        )
