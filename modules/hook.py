"""The Lambda function that proves a release good before it gets production traffic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import AssetType, ITerraformDependable, Precondition, TerraformAsset, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction, LambdaFunctionEnvironment, LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import LambdaFunctionEventInvokeConfig
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from modules.hook_package import HookPackage
from modules.iam import Role, RoleProps, Statement, allow, deny
from modules.location import Location
from modules.sizes import json_bytes

Identity = Literal["auto", "header", "listener", "off"]

ENVIRONMENT_LIMIT = 4096  # bytes that Lambda takes for all variables together, measured as JSON


@dataclass(frozen=True, kw_only=True)
class HookProps:
    name: str
    location: Location
    package: HookPackage
    application: str  # CodeDeploy's, and its deployment group's name
    deployment_group: str
    alb_url: str  # of the test listener: on the prod listener it would test the version that is live already
    checks: Sequence[Mapping[str, object]]
    identity: Identity = "auto"  # how it is proven that the candidate answers; off: any version may
    identity_header: str = "x-task-definition"
    request_timeout_ms: int = 2000
    warmup_seconds: int = 30
    memory: int = 256  # MiB
    timeout_seconds: int = 120
    subnet_ids: Sequence[str]
    security_group_id: str
    ways_out: Sequence[ITerraformDependable] = ()  # routes, endpoints and rules on its way to AWS and to the listener
    log_retention_days: int = 365


class Hook(Construct):
    """Runs at BeforeAllowTraffic: the test listener shows the candidate, production is still on the live version.

    Whatever it answers other than Succeeded, and no answer too, leaves production where it is.

    Lambda takes the network interface from a function that is not invoked for some weeks, and fails the invocation with
    which it asks for it back. So a schedule wakes it every three days; it answers that without checks.
    """

    def __init__(self, scope: Construct, id: str, props: HookProps) -> None:
        super().__init__(scope, id)
        logs = CloudwatchLogGroup(
            self, "logs", name=f"/aws/lambda/{props.name}", retention_in_days=props.log_retention_days
        )
        role = Role(
            self,
            "role",
            RoleProps(
                name=props.name,
                description="Lets the release hook read the deployment, answer it, and log",
                service="lambda.amazonaws.com",
                statements=[
                    *_answering(props),
                    allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{logs.arn}:*"),
                    # Lambda attaches the function to the VPC with these; it knows no narrower resource.
                    allow(*_INTERFACES, on="*"),
                    # Lambda's own calls do not carry this key, those of the function's code do: they may not.
                    deny(
                        *_INTERFACES,
                        on="*",
                        condition={
                            "ArnEquals": {
                                "lambda:SourceFunctionArn": props.location.arn("lambda", f"function:{props.name}")
                            }
                        },
                    ),
                ],
            ),
        )
        package = props.package
        filename = f"not-built/{package.architecture}/bootstrap.zip"
        if package.exists:
            filename = TerraformAsset(self, "package", path=str(package.path), type=AssetType.FILE).path
        function = LambdaFunction(
            self,
            "function",
            function_name=props.name,
            description=f"Proves releases of {props.application} good before they get production traffic",
            role=role.arn,
            runtime="provided.al2023",
            handler="bootstrap",
            architectures=[package.architecture],
            filename=filename,
            source_code_hash=package.source_code_hash if package.exists else None,
            memory_size=props.memory,
            timeout=props.timeout_seconds,
            environment=LambdaFunctionEnvironment(variables=_variables(props)),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=list(props.subnet_ids), security_group_ids=[props.security_group_id]
            ),
            # Its network interfaces outlive it by up to 45 minutes and would hold the group, and the destroy, as long.
            replace_security_groups_on_destroy=True,
            # The group first, or Lambda makes one that never expires; the policy, so that it can answer and be deleted.
            depends_on=[logs, *([role.policy] if role.policy else []), *props.ways_out],
            lifecycle=TerraformResourceLifecycle(precondition=[_is_there(filename, package.architecture)]),
        )
        LambdaFunctionEventInvokeConfig(
            self,
            "invocation",
            function_name=function.function_name,
            # A second try would repeat checks whose first verdict may be on its way to CodeDeploy.
            maximum_retry_attempts=0,
            # An event that has to wait, for a network interface or for the account's concurrency, is still worth
            # answering: CodeDeploy waits an hour for it.
            maximum_event_age_in_seconds=1800,
        )
        self._keep_awake(function)
        self.arn = function.arn
        self.log_group_name = f"/aws/lambda/{props.name}"
        self.too_large = _too_large(props)

    def _keep_awake(self, function: LambdaFunction) -> None:
        rule = CloudwatchEventRule(
            self,
            "awake",
            name=f"{function.function_name_input}-awake",
            description="Keeps the release hook from losing its network interface between releases",
            schedule_expression="rate(3 days)",
        )
        permission = LambdaPermission(
            self,
            "awake-permission",
            statement_id="awake",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
        )
        CloudwatchEventTarget(
            self,
            "awake-target",
            rule=rule.name,
            arn=function.arn,
            input=json.dumps({"greenlight": "wake"}),
            depends_on=[permission],
        )


_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def _answering(props: HookProps) -> list[Statement]:
    """What it asks AWS, which depends on how the candidate's identity is proven, and the answer to CodeDeploy."""
    group = props.location.arn("codedeploy", f"deploymentgroup:{props.application}/{props.deployment_group}")
    application = props.location.arn("codedeploy", f"application:{props.application}")
    answer = allow("codedeploy:PutLifecycleEventHookExecutionStatus", on=group)
    if props.identity == "off":
        return [answer]
    expected = [allow("codedeploy:GetDeployment", on=group), allow("codedeploy:GetApplicationRevision", on=application)]
    if props.identity == "header":
        return [answer, *expected]
    return [
        answer,
        *expected,
        allow("codedeploy:GetDeploymentGroup", on=group),
        # AWS knows no resource for these reads.
        allow("codedeploy:GetDeploymentTarget", "elasticloadbalancing:DescribeRules", on="*"),
    ]


def _variables(props: HookProps) -> dict[str, str]:
    return {
        "ALB_URL": props.alb_url,
        "CHECKS": json.dumps(list(props.checks), separators=(",", ":"), ensure_ascii=False),
        "IDENTITY": props.identity,
        "IDENTITY_HEADER": props.identity_header,
        "REQUEST_TIMEOUT_MS": str(props.request_timeout_ms),
        "WARMUP_SECONDS": str(props.warmup_seconds),
    }


def _too_large(props: HookProps) -> str | None:
    """Why Lambda would refuse the variables, if it would. Their JSON is what it measures."""
    longest_url = f"http://internal-{'x' * 32}-0123456789.{props.location.region}.elb.amazonaws.com:65535"
    size = json_bytes(_variables(props) | {"ALB_URL": longest_url})
    if size <= ENVIRONMENT_LIMIT:
        return None
    return (
        f"checks: {len(props.checks)} checks make up to {size} bytes of environment variables for the hook, and Lambda "
        f"takes {ENVIRONMENT_LIMIT}: name fewer paths or shorter headers in checks (without it, every literal GET "
        "route is one)"
    )


def _is_there(filename: str, architecture: str) -> Precondition:
    """Synth goes on without the zip, so that one environment's missing build stops no other; its own plan does not."""
    return Precondition(
        condition=f'${{fileexists("${{path.module}}/{filename}")}}',
        error_message=f"the hook's zip for {architecture} is not built: run `make hook ARCH={architecture}`",
    )
