"""What is deployed now, as the release manifests of the last apply say, so that a plan can refuse what AWS would."""

from dataclasses import dataclass
from typing import Literal

from cdktf import Precondition, TerraformLocal
from cdktf_cdktf_provider_aws.data_aws_ssm_parameters_by_path import DataAwsSsmParametersByPath
from constructs import Construct

Listener = Literal["prod", "test"]
Color = Literal["blue", "green"]


@dataclass(frozen=True, kw_only=True)
class DeployedProps:
    environment: str


class Deployed(Construct):
    """Preconditions against changes that AWS refuses half-way through an apply, and against needless outages.

    They read the manifests when Terraform plans; where nothing is deployed yet they hold. A plan that they refuse
    changes nothing, and once the change is taken back the plan is empty.
    """

    def __init__(self, scope: Construct, id: str, props: DeployedProps) -> None:
        super().__init__(scope, id)
        manifests = DataAwsSsmParametersByPath(self, "manifests", path=f"/greenlight/{props.environment}")
        values = f"data.aws_ssm_parameters_by_path.{manifests.friendly_unique_id}.values"
        # To the provider every value in SSM is sensitive, and Terraform withholds messages made of such. A manifest
        # holds no secret. What else lies at that path, or is of an older version, is passed over.
        services = self._local(
            "services",
            f"{{ for value in nonsensitive({values}) : jsondecode(value).service => jsondecode(value) "
            "if can(jsondecode(value).service) }",
        )
        # By the key that a user edits, such as services.api.prod_port.
        self._ports = self._local(
            "ports",
            f'merge({{}}, [for key, one in {services} : {{ for kind in ["prod", "test"] : '
            '"services.${key}.${kind}_port" => one.load_balancer["${kind}_port"] '
            'if can(one.load_balancer["${kind}_port"]) }]...)',
        )
        self._groups = self._local(
            "groups",
            f'merge({{}}, [for key, one in {services} : {{ for color in ["blue", "green"] : '
            '"services.${key}.target_groups.${color}" => one.load_balancer[color].name '
            "if can(one.load_balancer[color].name) }]...)",
        )
        self._routes = self._local(  # route key -> the service that has it
            "routes",
            f"merge({{}}, [for key, one in {services} : "
            "{ for route in try(one.urls.routes, []) : route => key }]...)",
        )
        self._blocks = self._local(
            "blocks", f"distinct([for one in values({services}) : one.network.cidr if can(one.network.cidr)])"
        )
        self._services = services

    def port_rules(self, service: str, listener: Listener, port: int) -> list[Precondition]:
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

    def route_rules(self, service: str, route: str) -> list[Precondition]:
        """A route that is served now moves only to a service that is there: a new one has no tasks yet."""
        there = f'contains(keys({self._services}), "{service}")'
        owner = f'lookup({self._routes}, "{route}", "")'
        return [
            Precondition(
                condition=f'${{!contains(keys({self._routes}), "{route}") || {there}}}',
                error_message=(
                    f"services.{service}.routes: {route} is served by services.${{{owner}}} now, and "
                    f"services.{service} is not deployed yet: its requests would find no task. Two steps: "
                    f"deploy services.{service} with a route of its own; then move this one"
                ),
            )
        ]

    def network_rules(self, cidr: str) -> list[Precondition]:
        """The VPC keeps its block: another one is another VPC, to which nothing that runs here can move."""
        return [
            Precondition(
                condition=f'${{alltrue([for block in {self._blocks} : block == "{cidr}"])}}',
                error_message=(
                    f"network.cidr: the VPC is deployed with {_joined(self._blocks)} and cannot become {cidr}. Take "
                    "the change back. Two steps to another network: deploy a second environment with it and move your "
                    "clients there; then destroy this one"
                ),
            )
        ]

    def _local(self, id: str, expression: str) -> str:
        """Names an expression; returns how other expressions refer to it."""
        return f"local.{TerraformLocal(self, id, f'${{{expression}}}').friendly_unique_id}"


def _joined(names: str) -> str:
    return f'${{join(", ", {names})}}'
