"""A service's pair of target groups and pair of listeners: what CodeDeploy moves traffic between and with."""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from modules.deployed import Color, Deployed, Listener


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    path: str = "/health"
    interval_seconds: int = 5
    timeout_seconds: int = 4
    healthy_threshold: int = 2
    unhealthy_threshold: int = 3
    matcher: str = "200"


@dataclass(frozen=True, kw_only=True)
class TrafficProps:
    service: str  # its key in the environment, for messages
    deployed: Deployed | None = None  # None: the plan does not look at what is deployed
    vpc_id: str
    load_balancer_arn: str
    blue_name: str
    green_name: str
    prod_port: int = 80
    test_port: int = 8080
    live: Color = "blue"
    health_check: HealthCheck = HealthCheck()
    deregistration_delay_seconds: int = 15

    def __post_init__(self) -> None:
        if self.prod_port == self.test_port:
            raise ValueError(f"test_port must differ from prod_port, got {self.prod_port} for both")
        if self.blue_name == self.green_name:
            raise ValueError(f"green_name must differ from blue_name, got {self.blue_name} for both")


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class TrafficRoutes:
    """What CodeDeploy is told: which listeners to move, and between which groups."""

    prod_listener_arn: str
    test_listener_arn: str
    blue: TargetGroup
    green: TargetGroup


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
        deployed = props.deployed
        names: tuple[tuple[Color, str], ...] = (("blue", props.blue_name), ("green", props.green_name))
        groups = {
            color: LbTargetGroup(
                self,
                color,
                name=name,
                vpc_id=props.vpc_id,
                target_type="ip",
                protocol="HTTP",
                port=80,  # a default that ECS never uses: it registers each task with its container port
                deregistration_delay=str(props.deregistration_delay_seconds),
                health_check=LbTargetGroupHealthCheck(
                    protocol="HTTP",
                    path=props.health_check.path,
                    interval=props.health_check.interval_seconds,
                    timeout=props.health_check.timeout_seconds,
                    healthy_threshold=props.health_check.healthy_threshold,
                    unhealthy_threshold=props.health_check.unhealthy_threshold,
                    matcher=props.health_check.matcher,
                ),
                lifecycle=TerraformResourceLifecycle(
                    precondition=deployed.group_rules(props.service, color, name) if deployed else None
                ),
            )
            for color, name in names
        }
        idle: Color = "green" if props.live == "blue" else "blue"
        ports: tuple[tuple[Listener, int, Color], ...] = (
            ("prod", props.prod_port, props.live),
            ("test", props.test_port, idle),
        )
        listeners = [
            LbListener(
                self,
                f"{name}-listener",
                load_balancer_arn=props.load_balancer_arn,
                port=port,
                protocol="HTTP",
                default_action=[LbListenerDefaultAction(type="forward", target_group_arn=groups[color].arn)],
                # The whole action: ignoring target_group_arn alone still shows CodeDeploy's weights as a change.
                lifecycle=TerraformResourceLifecycle(
                    ignore_changes=["default_action"],
                    precondition=deployed.port_rules(props.service, name, port) if deployed else None,
                ),
                # After a release either listener may hold either group; so both listeners go before any group does.
                depends_on=list(groups.values()),
            )
            for name, port, color in ports
        ]
        self.listeners = (
            listeners  # for depends_on: a service can be attached only to a group that is behind a listener
        )
        self.routes = TrafficRoutes(
            prod_listener_arn=listeners[0].arn,
            test_listener_arn=listeners[1].arn,
            blue=TargetGroup(name=props.blue_name, arn=groups["blue"].arn),
            green=TargetGroup(name=props.green_name, arn=groups["green"].arn),
        )
        self.live_target_group_arn = groups[props.live].arn
