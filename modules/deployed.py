"""What is deployed now, as the release manifests of the last apply say, so that a plan can refuse what AWS would."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from cdktf import Precondition, TerraformLocal
from cdktf_cdktf_provider_aws.data_aws_ssm_parameters_by_path import DataAwsSsmParametersByPath
from constructs import Construct

from modules.inputs import Color
from modules.names import MANIFESTS

ListenerKind = Literal["prod", "test"]

_ANOTHER_NETWORK = (
    "Take the change back. Two steps to another network: deploy a second environment with it and move your clients "
    "there; then destroy this one"
)


@dataclass(frozen=True, kw_only=True)
class DeployedProps:
    environment: str
    """Its name. Of other environments, only the names they use are read."""


class Deployed(Construct):
    """Preconditions against changes that AWS refuses half-way through an apply, and against needless outages.

    They read the manifests when Terraform plans; where nothing is deployed yet they hold. A plan that they refuse
    changes nothing, and once the change is taken back the plan is empty.
    """

    def __init__(self, scope: Construct, id: str, props: DeployedProps) -> None:
        super().__init__(scope, id)
        # Every environment's in this account and region, because a target group's name is unique there. Without
        # decryption, no secret that somebody keeps below this path gets into Terraform's state.
        found = DataAwsSsmParametersByPath(self, "manifests", path=MANIFESTS, recursive=True, with_decryption=False)
        data = f"data.aws_ssm_parameters_by_path.{found.friendly_unique_id}"
        # To the provider every value in SSM is sensitive, and Terraform withholds messages made of such. A manifest
        # holds no secret. What else lies at that path, copies of manifests too, is passed over.
        value = f"jsondecode(nonsensitive({data}.values)[index])"
        manifests = self._local(
            "parsed",
            f"[for index, name in {data}.names : {value} "
            f'if try(name == "{MANIFESTS}/${{{value}.environment}}/${{{value}.service}}", false)]',
        )
        services = self._local(
            "services", f'{{ for one in {manifests} : one.service => one if one.environment == "{props.environment}" }}'
        )
        # By the key that a user edits, such as services.api.prod_port. Manifests of older versions lack some of it.
        self._ports = self._local(
            "ports",
            f'merge({{}}, [for key, one in {services} : {{ for kind in ["prod", "test"] : '
            '"services.${key}.${kind}_port" => one.load_balancer["${kind}_port"] '
            'if can(one.load_balancer["${kind}_port"]) }]...)',
        )
        # Another environment's are told by its name in front.
        place = (
            f'${{one.environment == "{props.environment}" ? "" : "${{one.environment}}: "}}services.${{one.service}}'
        )
        self._groups = self._local(
            "groups",
            f'merge({{}}, [for one in {manifests} : {{ for color in ["blue", "green"] : '
            f'"{place}.target_groups.${{color}}" => one.load_balancer[color].name '
            "if can(one.load_balancer[color].name) }]...)",
        )
        self._routes = self._local(  # route key -> the service that has it
            "routes",
            f"merge({{}}, [for key, one in {services} : "
            "{ for route in try(one.urls.routes, []) : route => key }]...)",
        )
        # A VPC of the environment's own has no id here, which is known only once it is made.
        team = f"[for one in values({services}) : one.network.vpc_id if try(one.network.vpc_id, null) != null]"
        self._team_vpcs = self._local("team-vpcs", f"distinct({team})")
        self._blocks = self._local(
            "blocks",
            f"distinct([for one in values({services}) : one.network.cidr "
            "if can(one.network.cidr) && try(one.network.vpc_id, null) == null])",
        )
        places = "concat(try(one.network.subnets, []), try(one.network.leaving, []))"
        self.subnets = self._local("subnets", f"distinct(flatten([for one in values({services}) : {places}]))")
        self.services = services

    def port_rules(self, service: str, listener: ListenerKind, port: int) -> list[Precondition]:
        """No other listener has the port: AWS refuses a second one, and Terraform may not have moved the first yet."""
        key = f"services.{service}.{listener}_port"
        taken = f'[for other, number in {self._ports} : other if number == {port} && other != "{key}"]'
        return [
            Precondition(
                condition=f"${{length({taken}) == 0}}",
                error_message=(
                    f"{key}: {port} is deployed as {_joined(taken)}, and AWS refuses two listeners on a port. Two "
                    "steps: give this listener a port that none has, or take the other service away, and deploy; then "
                    "make this change"
                ),
            )
        ]

    def group_rules(self, service: str, color: Color, name: str) -> list[Precondition]:
        """The group keeps its name, since one that a listener holds cannot be deleted; and no other group has it."""
        key = f"services.{service}.target_groups.{color}"
        now = f'lookup({self._groups}, "{key}", "{name}")'
        own = f"services.{service}."
        taken = f'[for other, name in {self._groups} : other if name == "{name}" && !startswith(other, "{own}")]'
        return [
            Precondition(
                condition=f'${{{now} == "{name}"}}',
                error_message=(
                    f"{key}: the group is deployed as ${{{now}}} and cannot be renamed to {name}, because its "
                    "listeners hold it. Take the change back. Two steps to other names: add a service under another "
                    "key with them and deploy; then move the routes there and take this one away"
                ),
            ),
            Precondition(
                condition=f"${{length({taken}) == 0}}",
                error_message=(
                    f"{key}: {name} is deployed as {_joined(taken)}, and AWS knows one target group of a name. Two "
                    "steps: choose another name, or take the other service away, and deploy; then make this change"
                ),
            ),
        ]

    def route_rules(self, service: str, route: str, services: Collection[str]) -> list[Precondition]:
        """A route that is served now moves only between services of which neither comes nor goes with this change.

        A new one has no tasks yet. And of one that goes, Terraform deletes the integration before the route leaves it.
        """
        key = f"services.{service}.routes"
        there = f'contains(keys({self.services}), "{service}")'
        owner = f'lookup({self._routes}, "{route}", "{service}")'
        stay = json.dumps(sorted(services))
        return [
            Precondition(
                condition=f'${{{owner} == "{service}" || {there}}}',
                error_message=(
                    f"{key}: {route} is served by services.${{{owner}}} now, and services.{service} is not deployed "
                    f"yet: its requests would find no task. Two steps: deploy services.{service} with a route of its "
                    "own; then move this one"
                ),
            ),
            Precondition(
                condition=f"${{contains({stay}, {owner})}}",
                error_message=(
                    f"{key}: {route} is served by services.${{{owner}}}, which this change takes away: its requests "
                    f"would fail in between. Two steps: move the route, leave services.${{{owner}}} another one, and "
                    "deploy; then take it away"
                ),
            ),
        ]

    def network_rules(self, cidr: str) -> list[Precondition]:
        """The VPC keeps its block: another one is another VPC, to which nothing that runs here can move."""
        return [
            Precondition(
                condition=f'${{alltrue([for block in {self._blocks} : block == "{cidr}"])}}',
                error_message=(
                    f"network.cidr: the VPC is deployed with {_joined(self._blocks)} and cannot become {cidr}. "
                    f"{_ANOTHER_NETWORK}"
                ),
            ),
            Precondition(
                condition=f"${{length({self._team_vpcs}) == 0}}",
                error_message=(
                    f"network.vpc_id: the environment is deployed in {_joined(self._team_vpcs)} and cannot move to a "
                    f"VPC of its own. {_ANOTHER_NETWORK}"
                ),
            ),
        ]

    def own_network_rules(self, vpc_id: str) -> list[Precondition]:
        """The team's VPC stays the one it is, for the same reason."""
        others = f'[for vpc in {self._team_vpcs} : vpc if vpc != "{vpc_id}"]'
        return [
            Precondition(
                condition=f"${{length({others}) == 0 && length({self._blocks}) == 0}}",
                error_message=(
                    "network.vpc_id: the environment is deployed in "
                    f'${{join(", ", concat({others}, [for block in {self._blocks} : "a VPC of its own, ${{block}}"]))}}'
                    f" and cannot move to {vpc_id}. {_ANOTHER_NETWORK}"
                ),
            )
        ]

    def _local(self, id: str, expression: str) -> str:
        """Names an expression; returns how other expressions refer to it."""
        return f"local.{TerraformLocal(self, id, f'${{{expression}}}').friendly_unique_id}"


def _joined(names: str) -> str:
    return f'${{join(", ", {names})}}'
