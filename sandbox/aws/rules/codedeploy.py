"""CodeDeploy: how traffic is shifted, what a deployment group waits for, and tags of what exists."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.codedeploy.models import codedeploy_backends

from sandbox.access import trust
from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_SOURCE = "https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_TagResource.html"
_TAGGING = ("TagResource", "UntagResource")
"""Not ListTagsForResource, which has no error for it in the model."""


def _named(call: Call) -> tuple[str, str, str]:
    """Kind, application and group of an ARN that ends in ``application:A`` or ``deploymentgroup:A/G``."""
    # arn:aws:codedeploy:REGION:ACCOUNT:KIND:NAME
    kind, _, name = ":".join(call.params["ResourceArn"].split(":")[5:]).partition(":")
    application, _, group = name.partition("/")
    return kind, application, group


@rule(
    "codedeploy",
    *_TAGGING,
    code="ApplicationDoesNotExistException",
    source=_SOURCE,
    says="An application that is gone has no tags.",
    quote="The application does not exist with the user or AWS account.",
    worded=False,
)
def tagged_application_is_gone(call: Call) -> str | None:
    kind, application, _ = _named(call)
    known = codedeploy_backends[ACCOUNT][call.region].applications
    if kind not in ("application", "deploymentgroup") or application in known:
        return None
    return f"The application {application} does not exist with the user or AWS account."


@rule(
    "codedeploy",
    *_TAGGING,
    code="DeploymentGroupDoesNotExistException",
    source=_SOURCE,
    says="A deployment group that is gone has no tags.",
    quote="The named deployment group with the user or AWS account does not exist.",
    worded=False,
)
def tagged_deployment_group_is_gone(call: Call) -> str | None:
    kind, application, group = _named(call)
    known = codedeploy_backends[ACCOUNT][call.region].deployment_groups.get(application, {})
    if kind != "deploymentgroup" or group in known:
        return None
    return f"The deployment group {group} does not exist with the user or AWS account."


# Applications and configurations --------------------------------------------------------------------------------------

MOST_MINUTES = 2880

_PLATFORMS = ("Server", "Lambda", "ECS", "Kubernetes")
_BLOCKS = {"TimeBasedCanary": "timeBasedCanary", "TimeBasedLinear": "timeBasedLinear"}

_config = partial(rule, "codedeploy", "CreateDeploymentConfig", coded=False)
_routing = partial(_config, code="InvalidTrafficRoutingConfigurationException")


def _platform(call: Call) -> str:
    return str(call.params.get("computePlatform") or "Server")


def _shift(call: Call) -> dict[str, Any]:
    return call.params.get("trafficRoutingConfig") or {}


@rule(
    "codedeploy",
    *("CreateApplication", "CreateDeploymentConfig"),
    code="InvalidComputePlatformException",
    source=tried("codedeploy/pf-codedeploy-app-compute-platform-value"),
    says="There are four platforms.",
    quote="is not valid. Valid values are [Server, Lambda, ECS, Kubernetes]",
    coded=False,
)
def platform_is_unknown(call: Call) -> str | None:
    platform = _platform(call)
    if platform in _PLATFORMS:
        return None
    return f"ComputePlatform '{platform}' is not valid. Valid values are [{', '.join(_PLATFORMS)}]"


@_config(
    code="InvalidDeploymentConfigNameException",
    source=tried("codedeploy/pf-codedeploy-config-name-reserved-prefix"),
    says="A beginning of names is AWS's own.",
    quote="The prefix CodeDeployDefault. is reserved for predefined configuration names",
)
def configuration_name_is_reserved(call: Call) -> bool:
    return bool(call.params["deploymentConfigName"].startswith("CodeDeployDefault."))


@_config(
    code="InvalidMinimumHealthyHostValueException",
    source=tried("codedeploy/pf-codedeploy-config-lambda-forbids-minimum-healthy-hosts"),
    says="Only servers are healthy hosts.",
    quote="minimum healthy hosts should be null for",
)
def configuration_counts_hosts(call: Call) -> str | None:
    if _platform(call) == "Server" or not call.params.get("minimumHealthyHosts"):
        return None
    return f"minimum healthy hosts should be null for {_platform(call)} deployment configuration"


@_routing(
    source=tried("codedeploy/pf-codedeploy-config-lambda-requires-traffic-routing"),
    says="Where there are no servers, a configuration says how traffic is shifted.",
    quote="Traffic routing configuration cannot be null nor empty for deployment configurations on this platform.",
)
def configuration_has_no_routing(call: Call) -> bool:
    return _platform(call) != "Server" and not _shift(call)


@_routing(
    source=tried("codedeploy/pf-codedeploy-config-traffic-routing-block-matches-type"),
    says="A way to shift traffic has its own numbers, and no other's.",
    quote="be null for",
)
def routing_has_anothers_numbers(call: Call) -> str | None:
    shift = _shift(call)
    kind = shift.get("type", "AllAtOnce")
    for of, block in _BLOCKS.items():
        if kind == of and not shift.get(block):
            return f"{of}Configuration should not be null for {kind} type"
        if kind != of and shift.get(block):
            return f"{of}Configuration should be null for {kind} type"
    return None


def _numbers(call: Call, kind: str) -> tuple[int, int] | None:
    """Percentage and minutes of a shift of this kind, as far as it is one."""
    block = _shift(call).get(f"timeBased{kind.capitalize()}")
    return (block.get(f"{kind}Percentage", 0), block.get(f"{kind}Interval", 0)) if block else None


@_routing(
    source=tried("codedeploy/pf-codedeploy-config-traffic-routing-percentage-range"),
    says="A step is more than nothing and less than all.",
    quote="Valid traffic routing percentage is from 1 to 99",
)
def routing_percentage_is_out_of_range(call: Call) -> bool:
    given = [_numbers(call, kind) for kind in ("canary", "linear")]
    return any(numbers is not None and not 1 <= numbers[0] <= 99 for numbers in given)


@_routing(
    source=tried("codedeploy/pf-codedeploy-config-traffic-shift-interval-max"),
    says="A canary has between a minute and two days.",
    quote="Canary interval must be between 1 and 2880 minutes (2 days)",
)
def canary_interval_is_out_of_range(call: Call) -> bool:
    numbers = _numbers(call, "canary")
    return numbers is not None and not 1 <= numbers[1] <= MOST_MINUTES


@_routing(
    source=tried("codedeploy/pf-codedeploy-config-traffic-shift-interval-max"),
    says="All steps together take two days at most.",
    quote="Total Traffic shifting intervals must be positive integers up to 2880 minutes (2 days)",
)
def linear_steps_take_too_long(call: Call) -> bool:
    numbers = _numbers(call, "linear")
    return numbers is not None and not 1 <= numbers[1] * (100 // numbers[0]) <= MOST_MINUTES


# Deployment groups ---------------------------------------------------------------------------------------------------

MOST_TRIGGERS = 10

_group = partial(rule, "codedeploy", "CreateDeploymentGroup", "UpdateDeploymentGroup", coded=False)
_ready = partial(_group, code="InvalidBlueGreenDeploymentConfigurationException")


def _blue_green(call: Call) -> dict[str, Any]:
    return call.params.get("blueGreenDeploymentConfiguration") or {}


@rule(
    "codedeploy",
    "CreateDeploymentGroup",
    code="InvalidBlueGreenDeploymentConfigurationException",
    source=tried("codedeploy/pf-codedeploy-dg-blue-green-config-required-members"),
    says="A group says what begins the shift, and what becomes of the original.",
    quote="cannot be",
    coded=False,
)
def blue_green_configuration_is_half(call: Call) -> str | None:
    given = _blue_green(call)
    if given and not given.get("deploymentReadyOption"):
        return "Deployment ready option cannot be null for blue green deployment"
    if given and not given.get("terminateBlueInstancesOnDeploymentSuccess"):
        return (
            "Terminate blue instances on deployment success behaviour cannot be set to null for Blue Green deployments"
        )
    return None


def _waits(call: Call) -> tuple[str | None, int]:
    """What happens when a deployment is ready, and for how many minutes it waits before."""
    option = _blue_green(call).get("deploymentReadyOption") or {}
    return option.get("actionOnTimeout"), option.get("waitTimeInMinutes") or 0


@_ready(
    source=tried("codedeploy/pf-codedeploy-dg-deployment-ready-continue-no-wait-time"),
    says="A deployment that goes on by itself waits for nobody.",
    quote="Deployment ready action cannot be set to 'CONTINUE_DEPLOYMENT' when timeout is specified",
)
def deployment_waits_for_nothing(call: Call) -> bool:
    action, minutes = _waits(call)
    return action in (None, "CONTINUE_DEPLOYMENT") and minutes > 0


@_ready(
    source=tried("codedeploy/pf-codedeploy-dg-deployment-ready-stop-requires-wait-time"),
    says="A deployment that is given up is waited for first.",
    quote="Deployment ready action cannot be set to STOP_DEPLOYMENT when timeout is set to 0 minutes.",
)
def deployment_is_given_up_at_once(call: Call) -> bool:
    return _waits(call) == ("STOP_DEPLOYMENT", 0)


@_group(
    code="InvalidRoleException",
    source="https://github.com/hashicorp/terraform/pull/7340",
    says="CodeDeploy takes the role on behalf of the group: its trust policy lets it, with that group's aws:SourceArn "
    "(CodeDeploy's guide, security_confused_deputy).",
    quote="Cannot assume role provided.",
)
def role_does_not_trust_codedeploy(call: Call) -> bool:
    role, application = call.params.get("serviceRoleArn"), call.params["applicationName"]
    name = call.params.get("deploymentGroupName") or call.params.get("newDeploymentGroupName")
    name = name or call.params["currentDeploymentGroupName"]
    group = f"arn:aws:codedeploy:{call.region}:{ACCOUNT}:deploymentgroup:{application}/{name}"
    return bool(role) and not trust.trusts(str(role), "codedeploy.amazonaws.com", call.region, group)


def _triggers(call: Call) -> list[dict[str, Any]]:
    return call.params.get("triggerConfigurations") or []


@_group(
    code="InvalidTriggerConfigException",
    source=tried("codedeploy/pf-codedeploy-dg-trigger-name-and-target-unique"),
    says="Triggers have names and topics of their own.",
    quote="Duplicate Trigger target",
)
def trigger_is_given_twice(call: Call) -> str | None:
    for member, called in (("triggerName", "name"), ("triggerTargetArn", "arn")):
        given = [trigger[member] for trigger in _triggers(call) if trigger.get(member)]
        if len(set(given)) < len(given):
            return f"Duplicate Trigger target {called} detected"
    return None


@_group(
    code="TriggerTargetsLimitExceededException",
    source=tried("codedeploy/pf-codedeploy-dg-triggers-max-10"),
    says="A group has ten triggers.",
    quote=f"Deployment Groups cannot contain more than {MOST_TRIGGERS} TriggerTargets.",
)
def group_has_too_many_triggers(call: Call) -> bool:
    return len(_triggers(call)) > MOST_TRIGGERS
