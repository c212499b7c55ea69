"""The Lambda function that proves a release good before it gets production traffic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import AssetType, Precondition, TerraformAsset, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction, LambdaFunctionEnvironment, LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import LambdaFunctionEventInvokeConfig
from constructs import Construct

from modules.hook_package import HookPackage
from modules.iam import Role, RoleProps, allow
from modules.location import Location


@dataclass(frozen=True, kw_only=True)
class HookProps:
    name: str
    location: Location
    package: HookPackage
    application: str  # CodeDeploy's, and its deployment group's name
    deployment_group: str
    alb_url: str  # of the test listener: on the prod listener it would test the version that is live already
    checks: Sequence[Mapping[str, object]]
    request_timeout_ms: int = 2000
    warmup_seconds: int = 30
    memory: int = 256  # MiB
    timeout_seconds: int = 120
    subnet_ids: Sequence[str]
    security_group_id: str
    log_retention_days: int = 365


class Hook(Construct):
    """Runs at BeforeAllowTraffic: the test listener shows the candidate, production is still on the live version.

    Whatever it answers other than Succeeded, and no answer too, leaves production where it is.
    """

    def __init__(self, scope: Construct, id: str, props: HookProps) -> None:
        super().__init__(scope, id)
        logs = CloudwatchLogGroup(
            self, "logs", name=f"/aws/lambda/{props.name}", retention_in_days=props.log_retention_days
        )
        group_arn = props.location.arn("codedeploy", f"deploymentgroup:{props.application}/{props.deployment_group}")
        role = Role(
            self,
            "role",
            RoleProps(
                name=props.name,
                description="Lets the release hook read the deployment, answer it, and log",
                service="lambda.amazonaws.com",
                statements=[
                    allow("codedeploy:PutLifecycleEventHookExecutionStatus", "codedeploy:GetDeployment", on=group_arn),
                    allow(
                        "codedeploy:GetApplicationRevision",
                        on=props.location.arn("codedeploy", f"application:{props.application}"),
                    ),
                    allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{logs.arn}:*"),
                    # Lambda attaches the function to the VPC with these; it knows no narrower resource.
                    allow(
                        "ec2:CreateNetworkInterface",
                        "ec2:DescribeNetworkInterfaces",
                        "ec2:DescribeSubnets",
                        "ec2:DeleteNetworkInterface",
                        "ec2:AssignPrivateIpAddresses",
                        "ec2:UnassignPrivateIpAddresses",
                        on="*",
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
            environment=LambdaFunctionEnvironment(
                variables={
                    "ALB_URL": props.alb_url,
                    "CHECKS": json.dumps(list(props.checks)),
                    "REQUEST_TIMEOUT_MS": str(props.request_timeout_ms),
                    "WARMUP_SECONDS": str(props.warmup_seconds),
                }
            ),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=list(props.subnet_ids), security_group_ids=[props.security_group_id]
            ),
            # Its network interfaces outlive it by up to 45 minutes and would hold the group, and the destroy, as long.
            replace_security_groups_on_destroy=True,
            # The group first, or Lambda makes one that never expires; the policy, so that it can answer and be deleted.
            depends_on=[logs, *([role.policy] if role.policy else [])],
            lifecycle=TerraformResourceLifecycle(precondition=[_is_there(filename, package.architecture)]),
        )
        LambdaFunctionEventInvokeConfig(
            self,
            "invocation",
            function_name=function.function_name,
            # A second try of a failed invocation would answer for an event that CodeDeploy has long given up.
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=60,
        )
        self.arn = function.arn
        self.log_group_name = logs.name


def _is_there(filename: str, architecture: str) -> Precondition:
    """Synth goes on without the zip, so that one environment's missing build stops no other; its own plan does not."""
    return Precondition(
        condition=f'${{fileexists("${{path.module}}/{filename}")}}',
        error_message=f"the hook's zip for {architecture} is not built: run `make hook ARCH={architecture}`",
    )
