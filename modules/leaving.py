"""Zones and subnets that are taken out: a release has to move the tasks before, which only a release can do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import Precondition, TerraformLocal, Token
from cdktf_cdktf_provider_aws.data_aws_network_interfaces import (
    DataAwsNetworkInterfaces,
    DataAwsNetworkInterfacesFilter,
)
from constructs import Construct

from modules.deployed import Deployed

_FILTERS = {"availability_zones": "availability-zone", "subnets": "subnet-id"}


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where releases place tasks, with the words of the settings: the next plan compares them with its own."""

    subnet_ids: Sequence[str]
    """Private subnets, one per zone, without those that are leaving."""

    vpc_id: str | None = None
    """The team's VPC; None: the environment's own."""

    zones: Sequence[str] = ()
    """In a VPC of the environment's own: the zones of the subnets."""

    leaving: Sequence[str] = ()
    """Zones, or subnets of the team's VPC, that releases no longer place tasks in."""


def rules(
    scope: Construct, deployed: Deployed, *, key: Literal["availability_zones", "subnets"], kept: Sequence[str]
) -> list[Precondition]:
    """Refuse to take out what releases still use, and what a task still runs in, by its network interface.

    Without a zone the load balancer sends nothing to the tasks in it; and its subnets are deleted only when no task is
    left in them. The service's network configuration is a release's, so that Terraform cannot move a task.
    """

    def local(id: str, expression: str) -> str:
        return f"local.{TerraformLocal(scope, id, f'${{{expression}}}').friendly_unique_id}"

    services, stay = deployed.services, json.dumps(list(kept))
    # Manifests of older versions do not say it.
    field = {"availability_zones": "zones", "subnets": "subnets"}[key]
    own = "try(one.network.vpc_id, null) == null" if key == "availability_zones" else "true"
    gone = local(
        "taken-out",
        f"distinct(flatten([for one in values({services}) : "
        f"[for place in try(one.network.{field}, []) : place if {own} && !contains({stay}, place)]]))",
    )
    left = local(
        "left",
        f"distinct(flatten([for one in values({services}) : "
        f"[for place in try(one.network.leaving, []) : place if !contains({stay}, place)]]))",
    )
    groups = local(
        "task-groups", f"distinct(flatten([for one in values({services}) : try(one.network.security_groups, [])]))"
    )
    interfaces = DataAwsNetworkInterfaces(
        scope,
        "tasks-left-behind",
        filter=[
            DataAwsNetworkInterfacesFilter(name="group-id", values=Token.as_list(f"${{{groups}}}")),
            DataAwsNetworkInterfacesFilter(name=_FILTERS[key], values=Token.as_list(f"${{{left}}}")),
        ],
    )
    interfaces.add_override("count", f"${{length({left}) > 0 ? 1 : 0}}")  # a filter needs values
    behind = f"flatten(data.aws_network_interfaces.{interfaces.friendly_unique_id}[*].ids)"
    release = f'[for one in values({services}) : "greenlight deploy ${{one.environment}}/${{one.service}}"]'
    releases = f'${{join(", ", {release})}}'
    return [
        Precondition(
            condition=f"${{length({gone}) == 0}}",
            error_message=(
                f'network.{key}: ${{join(", ", {gone})}} cannot be taken out yet, because releases place tasks there. '
                "Three steps: name it in network.leaving, leave it here, and deploy; release each service, so that "
                f"its tasks move ({releases}); then take it out of both"
            ),
        ),
        Precondition(
            condition=f"${{length({behind}) == 0}}",
            error_message=(
                f'network.{key}: ${{join(", ", {left})}} cannot be taken out yet, because tasks run there: '
                f'${{join(", ", {behind})}}. Release each service, so that its tasks move ({releases}), wait until '
                "the old ones have stopped, and plan again"
            ),
        ),
    ]
