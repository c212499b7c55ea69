"""The Lambda function that proves a release good before it gets production traffic."""

import json
from dataclasses import dataclass

from cdktf import AssetType, Precondition, TerraformAsset, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction, LambdaFunctionEnvironment, LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import LambdaFunctionEventInvokeConfig
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from modules.hook_package import HookPackage
from modules.iam import Role, RoleProps, Statement, allow, deny
from modules.inputs import HookSettings
from modules.names import ServiceId
from modules.security_groups import Placement
from modules.sizes import json_bytes

ENVIRONMENT_LIMIT = 4096  # bytes that Lambda takes for all variables together, measured as JSON


@dataclass(frozen=True, kw_only=True)
class HookProps:
    service: ServiceId
    """The service whose releases it checks."""

    package: HookPackage
    """The function's zip. If it is not built yet, the plan fails with the command that builds it."""

    test_url: str
    """URL of the test listener, which the candidate is behind."""

    settings: HookSettings
    """The checks and their limits."""

    placement: Placement
    """Where the function runs, and how it reaches the test listener and AWS."""


@dataclass(frozen=True, kw_only=True)
class HookAttributes:
    arn: str
    log_group_name: str


class Hook(Construct):
    """Runs at BeforeAllowTraffic: the test listener shows the candidate, production is still on the live version.

    Whatever it answers other than Succeeded, and no answer too, leaves production where it is.

    Lambda takes the network interface from a function that is not invoked for some weeks, and fails the invocation with
    which it asks for it back. So a schedule wakes it every three days; it answers that without checks.
    """

    def __init__(self, scope: Construct, id: str, props: HookProps) -> None:
        super().__init__(scope, id)
        service, settings, placement = props.service, props.settings, props.placement
        logs = CloudwatchLogGroup(
            self, "logs", name=service.hook_log_group, retention_in_days=settings.log_retention_days
        )
        role = Role(
            self,
            "role",
            RoleProps(
                name=service.hook,
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
                                "lambda:SourceFunctionArn": service.location.arn("lambda", f"function:{service.hook}")
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
            function_name=service.hook,
            description=f"Proves releases of {service.name} good before they get production traffic",
            role=role.arn,
            runtime="provided.al2023",
            handler="bootstrap",
            architectures=[package.architecture],
            filename=filename,
            source_code_hash=package.source_code_hash if package.exists else None,
            memory_size=settings.memory,
            timeout=settings.timeout_seconds,
            environment=LambdaFunctionEnvironment(variables=_variables(props)),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=list(placement.subnet_ids), security_group_ids=[placement.security_group_id]
            ),
            # Its network interfaces outlive it by up to 45 minutes and would hold the group, and the destroy, as long.
            replace_security_groups_on_destroy=True,
            # The group first, or Lambda makes one that never expires; the policy, so that it can answer and be deleted.
            depends_on=[logs, *([role.policy] if role.policy else []), *placement.ways_out],
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
        self._keep_awake(function, service.hook_schedule)
        self.attributes = HookAttributes(arn=function.arn, log_group_name=service.hook_log_group)
        self.too_large = _too_large(props)

    def _keep_awake(self, function: LambdaFunction, schedule: str) -> None:
        rule = CloudwatchEventRule(
            self,
            "awake",
            name=schedule,
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
    name, arn = props.service.name, props.service.location.arn
    group = arn("codedeploy", f"deploymentgroup:{name}/{name}")
    application = arn("codedeploy", f"application:{name}")
    answer = allow("codedeploy:PutLifecycleEventHookExecutionStatus", on=group)
    if props.settings.identity == "off":
        return [answer]
    expected = [allow("codedeploy:GetDeployment", on=group), allow("codedeploy:GetApplicationRevision", on=application)]
    if props.settings.identity == "header":
        return [answer, *expected]
    return [
        answer,
        *expected,
        allow("codedeploy:GetDeploymentGroup", on=group),
        # AWS knows no resource for these reads.
        allow("codedeploy:GetDeploymentTarget", "elasticloadbalancing:DescribeRules", on="*"),
    ]


def _variables(props: HookProps) -> dict[str, str]:
    settings = props.settings
    return {
        "ALB_URL": props.test_url,
        "CHECKS": json.dumps(list(settings.checks), separators=(",", ":"), ensure_ascii=False),
        "IDENTITY": settings.identity,
        "IDENTITY_HEADER": settings.identity_header,
        "REQUEST_TIMEOUT_MS": str(settings.request_timeout_ms),
        "WARMUP_SECONDS": str(settings.warmup_seconds),
    }


def _too_large(props: HookProps) -> str | None:
    """Why Lambda would refuse the variables, if it would. Their JSON is what it measures."""
    longest_url = f"http://internal-{'x' * 32}-0123456789.{props.service.location.region}.elb.amazonaws.com:65535"
    size, checks = json_bytes(_variables(props) | {"ALB_URL": longest_url}), len(props.settings.checks)
    if size <= ENVIRONMENT_LIMIT:
        return None
    return (
        f"checks: {checks} checks make up to {size} bytes of environment variables for the hook, and Lambda "
        f"takes {ENVIRONMENT_LIMIT}: name fewer paths or shorter headers in checks (without it, every literal GET "
        "route is one)"
    )


def _is_there(filename: str, architecture: str) -> Precondition:
    """Synth goes on without the zip, so that one environment's missing build stops no other; its own plan does not."""
    return Precondition(
        condition=f'${{fileexists("${{path.module}}/{filename}")}}',
        error_message=f"the hook's zip for {architecture} is not built: run `make hook ARCH={architecture}`",
    )
