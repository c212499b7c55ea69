"""A service that has everything a release takes for granted, and ways to break each part of it."""

from typing import Any

from tests.greenlight.fake_aws import FakeAws
from tests.greenlight.script import BLUE, GREEN, REPOSITORY, failure

TAGS = {"greenlight:environment": "dev", "managed-by": "terraform"}
EVENTS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]
LIVE = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:3"


class Service(FakeAws):
    """Terraform made api:1, greenlight released api:2 of it, and then api:3, which is live in the green group."""

    def __init__(self) -> None:
        super().__init__()
        first = self.live
        self.revisions[first]["tags"] = dict(TAGS)
        marks = {"greenlight:base": first}
        second = self.register(f"{REPOSITORY}@{BLUE}", TAGS | marks | {"greenlight:replaces": first})
        self.live = self.register(f"{REPOSITORY}@{GREEN}", TAGS | marks | {"greenlight:replaces": second})
        assert self.live == LIVE
        self.balancers = [{"targetGroupArn": "arn:green", "containerName": "api", "containerPort": 3000}]
        self.grace = 60
        self.no_service = False
        self.targets: dict[str, list[str]] = {"arn:blue": [], "arn:green": ["healthy", "healthy"]}
        self.delays = {"arn:blue": 15, "arn:green": 15}
        self.functions = {"arn:hook": {"State": "Active"}}
        self.hook_logs = {"/aws/lambda/dev-api-hook"}
        self.link: dict[str, Any] | None = {"VpcLinkStatus": "AVAILABLE", "VpcLinkStatusMessage": "ready"}
        pair = {
            "targetGroups": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
            "prodTrafficRoute": {"listenerArns": ["arn:prod"]},
            "testTrafficRoute": {"listenerArns": ["arn:test"]},
        }
        self.pair: dict[str, Any] = pair
        self.group: dict[str, Any] | None = {
            "ecsServices": [{"clusterName": "dev", "serviceName": "dev-api"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "autoRollbackConfiguration": {"enabled": True, "events": EVENTS},
            "alarmConfiguration": {"enabled": False, "alarms": []},
        }

    def watched(self, *names: str, **states: Any) -> None:
        """The group has these alarms, and rolls back on them."""
        assert self.group is not None
        self.group["alarmConfiguration"] = {"enabled": True, "alarms": [{"name": name} for name in names]}
        self.group["autoRollbackConfiguration"] = {"enabled": True, "events": [*EVENTS, "DEPLOYMENT_STOP_ON_ALARM"]}
        self.alarms = {name: {"StateValue": "OK"} for name in names} | states

    def weigh(self, listener: str, **weights: int) -> None:
        """Its default rule forwards to these groups."""
        groups = [{"TargetGroupArn": f"arn:{name}", "Weight": part} for name, part in weights.items()]
        self.rules[listener][0]["Actions"] = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]

    # AWS ------------------------------------------------------------------------------------------------------------

    def ecs_DescribeServices(self, **request: Any) -> Any:  # noqa: N802
        if self.no_service:
            return {"services": []}
        found = super().ecs_DescribeServices(**request)
        found["services"][0]["healthCheckGracePeriodSeconds"] = self.grace
        return found

    def ecs_ListTaskDefinitions(self, familyPrefix: str, sort: str, maxResults: int, **_: Any) -> Any:  # noqa: N802, N803
        assert (familyPrefix, sort) == ("api", "DESC")
        return {"taskDefinitionArns": list(reversed(self.revisions))[:maxResults]}

    def elasticloadbalancing_DescribeRules(self, ListenerArn: str, Marker: str = "0") -> Any:  # noqa: N802, N803
        if ListenerArn not in self.rules:
            raise failure("ListenerNotFound")
        return super().elasticloadbalancing_DescribeRules(ListenerArn, Marker)

    def elasticloadbalancing_DescribeTargetHealth(self, TargetGroupArn: str = "", **_: Any) -> Any:  # noqa: N802, N803
        """Unused as long as no rule names the group, as on AWS."""
        if TargetGroupArn not in self.targets:
            raise failure("TargetGroupNotFound")
        named = any(TargetGroupArn in str(rule["Actions"]) for rules in self.rules.values() for rule in rules)
        states = self.targets[TargetGroupArn] if named else ["unused" for _ in self.targets[TargetGroupArn]]
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}

    def elasticloadbalancing_DescribeTargetGroupAttributes(self, TargetGroupArn: str) -> Any:  # noqa: N802, N803
        if TargetGroupArn not in self.targets:
            raise failure("TargetGroupNotFound")
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(self.delays[TargetGroupArn])}
        return {"Attributes": [{"Key": "stickiness.enabled", "Value": "false"}, delay]}

    def elasticloadbalancing_ModifyListener(self, ListenerArn: str, DefaultActions: Any) -> Any:  # noqa: N802, N803
        default = next(rule for rule in self.rules[ListenerArn] if rule["IsDefault"])
        default["Actions"] = DefaultActions
        return {}

    def elasticloadbalancing_ModifyRule(self, RuleArn: str, Actions: Any) -> Any:  # noqa: N802, N803
        (rule,) = (one for rules in self.rules.values() for one in rules if one.get("RuleArn") == RuleArn)
        rule["Actions"] = Actions
        return {}

    def lambda_GetFunctionConfiguration(self, FunctionName: str = "", **_: Any) -> Any:  # noqa: N802, N803
        if FunctionName not in self.functions:
            raise failure("ResourceNotFoundException", status=404)
        return self.functions[FunctionName]

    def lambda_InvokeFunction(self, FunctionName: str = "", **_: Any) -> Any:  # noqa: N802, N803
        self.functions[FunctionName] = {"State": "Active"}
        raise failure("ResourceNotReadyException", status=502)

    def logs_FilterLogEvents(self, startTime: int, logGroupName: str = "", **_: Any) -> Any:  # noqa: N802, N803
        if logGroupName not in self.hook_logs:
            raise failure("ResourceNotFoundException")
        assert startTime > 0
        return {"events": []}

    def apigateway_GET(self, VpcLinkId: str) -> Any:  # noqa: N802, N803
        assert VpcLinkId == "abcd123"
        if self.link is None:
            raise failure("NotFoundException", status=404)
        return self.link

    def codedeploy_GetDeploymentGroup(self, **_: Any) -> Any:  # noqa: N802
        if self.group is None:
            raise failure("DeploymentGroupDoesNotExistException")
        return {"deploymentGroupInfo": self.group}
