"""The one internal application load balancer of an environment."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class LoadBalancerProps:
    name: str
    """At most 32 characters, unique in its account and region."""

    subnet_ids: Sequence[str]
    """Private subnets, one per zone, in at least two zones: traffic continues if one zone fails."""

    security_group_id: str
    """Security group that controls access to its listeners."""

    deletion_protection: bool = False
    """Makes AWS refuse to delete it, and Terraform to plan that. By default a destroy deletes it, and traffic stops."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerAttributes:
    arn: str
    arn_suffix: str
    """`app/<name>/<id>`: part of the ARNs of its listeners and rules."""

    dns_name: str
    """Resolves to private addresses, which only the VPC can reach."""


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
            # AWS's protection alone comes too late: until Terraform asks for the load balancer, which goes last, it has
            # taken routes, services and listeners away. This refuses the plan.
            # https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#prevent_destroy
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if props.deletion_protection else None,
        )
        self.attributes = LoadBalancerAttributes(
            arn=balancer.arn, arn_suffix=balancer.arn_suffix, dns_name=balancer.dns_name
        )
