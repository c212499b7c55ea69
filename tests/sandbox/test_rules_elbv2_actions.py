"""Elastic Load Balancing refuses actions that lead nowhere, conditions that cannot be, and half a listener."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

OK = {"StatusCode": "200"}
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"}
WEIGHT = "The weight for {} must be between {} and 999, inclusive"
FIXED = {"Type": "fixed-response", "FixedResponseConfig": OK}


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def vpc(client: Client, stack: Stack) -> str:
    return str(client("ec2").describe_subnets(SubnetIds=[stack.subnet])["Subnets"][0]["VpcId"])


def group(client: Client, stack: Stack, suffix: str, **settings: Any) -> str:
    given = {"Protocol": "HTTP", "Port": 3000, "TargetType": "ip", "VpcId": vpc(client, stack), **settings}
    answer = client("elbv2").create_target_group(Name=f"{stack.name}-{suffix}", **given)
    return str(answer["TargetGroups"][0]["TargetGroupArn"])


def forward(*groups: tuple[str, int | None], sticky: Any = None, **more: Any) -> dict[str, Any]:
    targets = [{"TargetGroupArn": arn, **({} if weight is None else {"Weight": weight})} for arn, weight in groups]
    config = {"TargetGroups": targets, **({} if sticky is None else {"TargetGroupStickinessConfig": sticky})}
    return {"Type": "forward", "ForwardConfig": config, **more}


def redirect(**parts: str) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}}


def listener(client: Client, stack: Stack, *actions: dict[str, Any], **settings: Any) -> Any:
    given = {"Protocol": "HTTP", "Port": 8080, "DefaultActions": list(actions), **settings}
    given = {key: value for key, value in given.items() if value is not None}
    return client("elbv2").create_listener(LoadBalancerArn=stack.load_balancer, **given)


def conditional(client: Client, stack: Stack, *conditions: dict[str, Any]) -> Any:
    return client("elbv2").create_rule(ListenerArn=stack.prod, Priority=1, Conditions=list(conditions), Actions=[FIXED])


def condition(field: str, *values: Any, **more: Any) -> dict[str, Any]:
    name = "".join(part.capitalize() for part in field.split("-")) + "Config"
    return {"Field": field, name: {"Values": list(values), **more}}


# Actions


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            {"Type": "fixed-response"},
            "For actions of type 'fixed-response', you must specify the following fields: 'FixedResponseConfig'",
        ),
        (
            {"Type": "redirect"},
            "For actions of type 'redirect', you must specify the following fields: 'RedirectConfig'",
        ),
        (redirect(), "The redirect configuration is not valid because it creates a loop."),
        (
            redirect(Protocol="#{protocol}", Port="#{port}", Host="#{host}", Path="/#{path}", Query="#{query}"),
            "The redirect configuration is not valid because it creates a loop.",
        ),
        (redirect(Port="0"), "The Port parameter must be either an integer between 1 and 65535 or '#{port}'."),
        (redirect(Port="http"), "The Port parameter must be either an integer between 1 and 65535 or '#{port}'."),
        (
            redirect(Path="path"),
            "The Path parameter must be a valid path, should start with a '/', and may contain up "
            "to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.",
        ),
    ],
)
def test_an_action_has_what_it_needs_and_leads_elsewhere(
    client: Client, stack: Stack, action: dict[str, Any], message: str
) -> None:
    made = refused(lambda: listener(client, stack, action))
    changed = refused(client("elbv2").modify_listener, ListenerArn=stack.prod, DefaultActions=[action])

    assert made == changed == (400, "ValidationError", message)


@pytest.mark.parametrize(
    "action",
    [
        FIXED,
        redirect(Protocol="HTTPS"),
        redirect(Port="65535", Path="/#{path}"),
        redirect(Host="other.example.com", Port="#{port}"),
        redirect(Path="/elsewhere/#{path}"),
        redirect(Query="a=b"),
    ],
)
def test_an_action_that_leads_elsewhere_is_taken(client: Client, stack: Stack, action: dict[str, Any]) -> None:
    assert listener(client, stack, action)["Listeners"][0]["Port"] == 8080


def test_a_request_goes_one_way(client: Client, stack: Stack) -> None:
    elsewhere = redirect(Port="81")

    both = refused(lambda: listener(client, stack, elsewhere | {"Order": 1}, FIXED | {"Order": 2}))
    unordered = refused(lambda: listener(client, stack, FIXED, FIXED))

    assert both == (400, "ValidationError", "Action types 'redirect,fixed-response' cannot be specified together")
    message = "When you specify multiple actions, you must specify an order for each action"
    assert unordered == (400, "ValidationError", message)


def test_a_request_is_forwarded_to_one_of_five_groups_by_their_weights(client: Client, stack: Stack) -> None:
    groups = [group(client, stack, str(number)) for number in range(6)]

    def asked(*groups: tuple[str, int | None], **more: Any) -> tuple[int, str, str]:
        return refused(lambda: listener(client, stack, forward(*groups, **more)))

    six = asked(*[(arn, 1) for arn in groups])
    single = asked((stack.blue, 1000))
    several = asked((stack.blue, 1), (stack.green, 1000))
    missing = asked((stack.blue, 1), (stack.green, None))
    two = asked((stack.blue, 1), (stack.green, 1), TargetGroupArn=stack.blue)

    assert six == (400, "ValidationError", "You cannot specify more than 5 target groups per action")
    assert single == (400, "ValidationError", WEIGHT.format("the target group", 1))
    assert several == missing == (400, "ValidationError", WEIGHT.format("each target group", 0))
    message = "You can specify both a target group list and a top-level target group ARN only if the ARNs match"
    assert two == (400, "ValidationError", message)
    listener(client, stack, forward((stack.blue, 999), TargetGroupArn=stack.blue))
    listener(client, stack, forward(*[(arn, 0) for arn in groups[:5]]), Port=8081)


def test_stickiness_lasts_for_a_week_at_most(client: Client, stack: Stack) -> None:
    def asked(**sticky: Any) -> tuple[int, str, str]:
        return refused(lambda: listener(client, stack, forward((stack.blue, 1), sticky={"Enabled": True, **sticky})))

    missing, long = asked(), asked(DurationSeconds=604801)

    assert missing == (400, "ValidationError", "You must provide a duration when enabling target group stickiness")
    message = "Target group stickiness duration must be between 1 and 604800 seconds"
    assert long == (400, "ValidationError", message)
    listener(client, stack, forward((stack.blue, 1), sticky={"Enabled": True, "DurationSeconds": 604800}))
    listener(client, stack, forward((stack.blue, 1), sticky={"Enabled": False}), Port=8081)


def test_a_load_balancer_leads_to_groups_for_http_in_its_own_vpc(client: Client, stack: Stack) -> None:
    other = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    away, tcp = group(client, stack, "away", VpcId=other), group(client, stack, "tcp", Protocol="TCP")
    rule = {"ListenerArn": stack.prod, "Priority": 1, "Conditions": [condition("path-pattern", "/a")]}
    create = client("elbv2").create_rule

    foreign = refused(lambda: listener(client, stack, forward((away, 1))))
    ruled = refused(create, **rule, Actions=[forward((away, 1))])
    mute = refused(create, **rule, Actions=[forward((tcp, 1))])

    message = f"The following target groups are in a different VPC than load balancer '{stack.load_balancer}': {away}"
    assert foreign == ruled == (400, "ValidationError", message)
    message = f"The listener and the following target groups have incompatible protocols: {tcp}"
    assert mute == (400, "ValidationError", message)


# Listeners


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"Port": None}, "ValidationError", "A listener port must be specified"),
        ({"Protocol": "HTTPS"}, "ValidationError", "A certificate must be specified for HTTPS listeners"),
        ({"Certificates": [CERTIFICATE]}, "ValidationError", "A certificate cannot be specified for HTTP listeners"),
        (
            {"SslPolicy": "ELBSecurityPolicy-2016-08"},
            "ValidationError",
            "An SSL policy cannot be specifed for HTTP listeners",
        ),
        (
            {"Protocol": "HTTPS", "Certificates": [CERTIFICATE], "SslPolicy": "TLS-1-3-2024"},
            "SSLPolicyNotFound",
            "SSL policy 'TLS-1-3-2024' not found",
        ),
        (
            {"Protocol": "HTTPS", "Certificates": [CERTIFICATE, CERTIFICATE]},
            "ValidationError",
            "Up to '1' certificate ARNs can be specified, but '2' were specified",
        ),
    ],
)
def test_a_listener_is_whole(client: Client, stack: Stack, settings: dict[str, Any], code: str, message: str) -> None:
    assert refused(lambda: listener(client, stack, FIXED, **settings)) == (400, code, message)


def test_a_listener_for_http_stays_without_a_certificate(client: Client, stack: Stack) -> None:
    change = client("elbv2").modify_listener

    answer = refused(change, ListenerArn=stack.prod, Certificates=[CERTIFICATE])

    assert answer == (400, "ValidationError", "A certificate cannot be specified for HTTP listeners")


# Rules


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], "A condition must be specified"),
        (
            [condition("host-header", "a.example.com"), condition("host-header", "b.example.com")],
            "A rule can only have one 'host-header' condition",
        ),
        (
            [condition("path-pattern", "/a", "/b", "/c"), condition("host-header", "a.b", "b.b", "c.b")],
            "A rule can only have '5' condition values and regex values",
        ),
        (
            [condition("http-header", "a.example.com", HttpHeaderName="Host")],
            "You cannot specify 'host' as an HTTP header name",
        ),
        ([condition("source-ip", "10.0.0.1")], "The specified value '10.0.0.1' is not a valid CIDR block"),
        ([condition("source-ip", "10.0.0.0/33")], "The specified value '10.0.0.0/33' is not a valid CIDR block"),
    ],
)
def test_a_rules_conditions_can_be(
    client: Client, stack: Stack, conditions: list[dict[str, Any]], message: str
) -> None:
    assert refused(lambda: conditional(client, stack, *conditions)) == (400, "ValidationError", message)


@pytest.mark.parametrize(
    "conditions",
    [
        [condition("path-pattern", "/a", "/b", "/c"), condition("host-header", "a.b", "b.b")],
        [{"Field": "path-pattern", "Values": ["/a"]}],
        [condition("http-header", "a", HttpHeaderName="X-A"), condition("http-header", "b", HttpHeaderName="X-B")],
        [condition("query-string", {"Key": "a", "Value": "b"}), condition("query-string", {"Value": "c"})],
        [condition("source-ip", "10.0.0.0/8", "2001:db8::/32")],
        [condition("http-request-method", "GET", "HEAD")],
    ],
)
def test_a_rule_whose_conditions_can_be_is_made(client: Client, stack: Stack, conditions: list[dict[str, Any]]) -> None:
    assert conditional(client, stack, *conditions)["Rules"][0]["Priority"] == "1"


def test_the_default_rule_stays(client: Client, stack: Stack) -> None:
    elbv2 = client("elbv2")
    conditional(client, stack, condition("path-pattern", "/a"))
    made, default = elbv2.describe_rules(ListenerArn=stack.prod)["Rules"]

    answer = refused(elbv2.delete_rule, RuleArn=default["RuleArn"])

    assert answer[:2] == (400, "OperationNotPermitted")
    elbv2.delete_rule(RuleArn=made["RuleArn"])
    assert len(elbv2.describe_rules(ListenerArn=stack.prod)["Rules"]) == 1
