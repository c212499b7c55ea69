"""A service's pair of target groups and pair of listeners: what CodeDeploy moves traffic between and with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from modules.deployed import Deployed, ListenerKind
from modules.inputs import Color, ListenerPorts, TargetGroups
from modules.load_balancer import LoadBalancerAttributes
from modules.names import ServiceId


@dataclass(frozen=True, kw_only=True)
class TrafficProps:
    service: ServiceId
    """The service whose traffic this is."""

    vpc_id: str
    """The VPC that the tasks run in."""

    load_balancer: LoadBalancerAttributes
    """The load balancer that gets the listeners."""

    target_groups: TargetGroups
    """The pair of groups, and which of them is live at first."""

    ports: ListenerPorts = field(default_factory=ListenerPorts)
    """The listeners' ports. A change is made in place and interrupts requests for some seconds."""

    deployed: Deployed | None = None
    """Used to reject a plan whose names or ports AWS would refuse; None: no such check."""


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    name: str
    arn: str
    arn_suffix: str
    """`targetgroup/<name>/<id>`: how metrics name it."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    arn: str
    port: int


@dataclass(frozen=True, kw_only=True)
class TrafficRoutes:
    """What CodeDeploy is told: which listeners to move, and between which groups."""

    load_balancer: LoadBalancerAttributes
    """The load balancer with the listeners."""

    prod: Listener
    """Receives the API's requests and forwards them to the live version."""

    test: Listener
    """Receives the hook's checks and forwards them to the candidate."""

    blue: TargetGroup
    green: TargetGroup

    @property
    def test_url(self) -> str:
        """URL of the test listener. Through the prod listener, the hook would check the live version instead."""
        return f"http://{self.load_balancer.dns_name}:{self.test.port}"


@dataclass(frozen=True, kw_only=True)
class FirstTarget:
    """What a new service is attached to: the live group."""

    target_group_arn: str

    listeners: Sequence[ITerraformDependable]
    """For depends_on: ECS accepts only a group that is behind a listener."""


class Traffic(Construct):
    """Creates the prod listener on the `live` group and the test listener on the other.

    From then on CodeDeploy moves both at each release, and leaves both groups with weights in the action. Terraform
    keeps its hands off: an apply never moves traffic. `live` counts only when listeners are created anew, such as after
    somebody deleted them while green was live; a listener's port changes in place.

    A group cannot be renamed under its listeners, and a listener cannot take a port that another has: with `deployed`
    such a change fails the plan, before anything is changed.
    """

    def __init__(self, scope: Construct, id: str, props: TrafficProps) -> None:
        super().__init__(scope, id)
        deployed, key, wanted = props.deployed, props.service.key, props.target_groups
        names: tuple[tuple[Color, str], ...] = (("blue", wanted.blue), ("green", wanted.green))
        groups = {
            color: LbTargetGroup(
                self,
                color,
                name=name,
                vpc_id=props.vpc_id,
                target_type="ip",
                protocol="HTTP",
                port=80,  # a default that ECS never uses: it registers each task with its container port
                deregistration_delay=str(wanted.deregistration_delay_seconds),
                health_check=LbTargetGroupHealthCheck(
                    protocol="HTTP",
                    path=wanted.health_check.path,
                    interval=wanted.health_check.interval_seconds,
                    timeout=wanted.health_check.timeout_seconds,
                    healthy_threshold=wanted.health_check.healthy_threshold,
                    unhealthy_threshold=wanted.health_check.unhealthy_threshold,
                    matcher=wanted.health_check.matcher,
                ),
                lifecycle=TerraformResourceLifecycle(
                    precondition=deployed.group_rules(key, color, name) if deployed else None
                ),
            )
            for color, name in names
        }
        idle: Color = "green" if wanted.live == "blue" else "blue"
        ports: tuple[tuple[ListenerKind, int, Color], ...] = (
            ("prod", props.ports.prod, wanted.live),
            ("test", props.ports.test, idle),
        )
        listeners = [
            LbListener(
                self,
                f"{name}-listener",
                load_balancer_arn=props.load_balancer.arn,
                port=port,
                protocol="HTTP",
                default_action=[LbListenerDefaultAction(type="forward", target_group_arn=groups[color].arn)],
                # The whole action: ignoring target_group_arn alone still shows CodeDeploy's weights as a change.
                lifecycle=TerraformResourceLifecycle(
                    ignore_changes=["default_action"],
                    precondition=deployed.port_rules(key, name, port) if deployed else None,
                ),
                # After a release either listener may hold either group; so both listeners go before any group does.
                depends_on=list(groups.values()),
            )
            for name, port, color in ports
        ]
        prod, test = listeners
        self.routes = TrafficRoutes(
            load_balancer=props.load_balancer,
            prod=Listener(arn=prod.arn, port=props.ports.prod),
            test=Listener(arn=test.arn, port=props.ports.test),
            blue=_group(wanted.blue, groups["blue"]),
            green=_group(wanted.green, groups["green"]),
        )
        self.first_target = FirstTarget(target_group_arn=groups[wanted.live].arn, listeners=listeners)


def _group(name: str, made: LbTargetGroup) -> TargetGroup:
    return TargetGroup(name=name, arn=made.arn, arn_suffix=made.arn_suffix)
