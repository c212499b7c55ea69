"""Load balancers, their listeners and rules, and target groups."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sandbox.conformance.account import until
from sandbox.conformance.parts.network import Network

PORT = 3000
"""Where the image's container listens, and answers 200 to ``GET /health``."""


class Balancing(Network):
    """What is in Elastic Load Balancing. Nothing is behind it."""

    @cached_property
    def load_balancer(self) -> str:
        return self._load_balancer(f"{self.name}-a")

    @cached_property
    def other_load_balancer(self) -> str:
        return self._load_balancer(f"{self.name}-b")

    @cached_property
    def protected_load_balancer(self) -> str:
        """The other one. The way back of this call takes the protection away first."""
        arn = self.other_load_balancer
        protected = {"Key": "deletion_protection.enabled", "Value": "true"}
        self._call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=[protected])
        return arn

    def _load_balancer(self, name: str) -> str:
        answer = self._call("elbv2", "CreateLoadBalancer", **self.load_balancer_settings(name))
        made = str(answer["LoadBalancers"][0]["LoadBalancerArn"])
        look = lambda: self.account.read("elbv2", "DescribeLoadBalancers", LoadBalancerArns=[made])  # noqa: E731
        until(look, lambda seen: bool(seen["LoadBalancers"][0]["State"]["Code"] == "active"))
        return made

    def load_balancer_settings(self, name: str) -> dict[str, Any]:
        groups = [self.security_group]
        return {"Name": name, "Subnets": self.subnets, "SecurityGroups": groups, "Scheme": "internal"}

    @cached_property
    def blue(self) -> str:
        return self._target_group(f"{self.name}-blue")

    @cached_property
    def green(self) -> str:
        return self._target_group(f"{self.name}-green")

    @cached_property
    def unused_target_group(self) -> str:
        return self._target_group(f"{self.name}-unused")

    @cached_property
    def six_target_groups(self) -> list[str]:
        more = [self._target_group(f"{self.name}-more-{number}") for number in range(3)]
        return [self.blue, self.green, self.unused_target_group, *more]

    @cached_property
    def tcp_target_group(self) -> str:
        return self._plain_target_group("tcp", Protocol="TCP")

    @cached_property
    def other_target_group(self) -> str:
        """In the other VPC."""
        return self._plain_target_group("other", VpcId=self.other_vpc)

    def _plain_target_group(self, suffix: str, **changes: Any) -> str:
        settings = self.plain_target_group_settings(f"{self.name}-{suffix}") | changes
        return str(self._call("elbv2", "CreateTargetGroup", **settings)["TargetGroups"][0]["TargetGroupArn"])

    def plain_target_group_settings(self, name: str) -> dict[str, Any]:
        """With nothing that has a default."""
        return {"Name": name, "Protocol": "HTTP", "Port": PORT, "VpcId": self.vpc, "TargetType": "ip"}

    def _target_group(self, name: str) -> str:
        answer = self._call("elbv2", "CreateTargetGroup", **self.target_group_settings(name))
        arn = str(answer["TargetGroups"][0]["TargetGroupArn"])
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "5"}
        self._call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=[delay])
        return arn

    def target_group_settings(self, name: str) -> dict[str, Any]:
        return self.plain_target_group_settings(name) | {
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 2,
            "HealthyThresholdCount": 2,
        }

    @cached_property
    def production_listener(self) -> str:
        return self._listener(80, self.blue)

    @cached_property
    def test_listener(self) -> str:
        return self._listener(8080, self.blue)

    def _listener(self, port: int, group: str) -> str:
        answer = self._call("elbv2", "CreateListener", **self.listener_settings(port, group))
        return str(answer["Listeners"][0]["ListenerArn"])

    def listener_settings(self, port: int, group: str) -> dict[str, Any]:
        actions = [{"Type": "forward", "TargetGroupArn": group}]
        return {"LoadBalancerArn": self.load_balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": actions}

    @cached_property
    def other_listener(self) -> str:
        """On the other load balancer; forwards to no target group."""
        actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        settings = {"LoadBalancerArn": self.other_load_balancer, "Protocol": "HTTP", "Port": 80}
        answer = self._call("elbv2", "CreateListener", **settings, DefaultActions=actions)
        return str(answer["Listeners"][0]["ListenerArn"])

    @cached_property
    def other_rule(self) -> str:
        actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        settings = self.rule_settings(10) | {"ListenerArn": self.other_listener, "Actions": actions}
        return str(self._call("elbv2", "CreateRule", **settings)["Rules"][0]["RuleArn"])

    @cached_property
    def rule(self) -> str:
        answer = self._call("elbv2", "CreateRule", **self.rule_settings(10))
        return str(answer["Rules"][0]["RuleArn"])

    def rule_settings(self, priority: int) -> dict[str, Any]:
        return {
            "ListenerArn": self.production_listener,
            "Priority": priority,
            "Conditions": [{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            "Actions": [{"Type": "forward", "TargetGroupArn": self.blue}],
        }
