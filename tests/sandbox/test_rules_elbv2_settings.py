"""Elastic Load Balancing refuses settings that there are not, and load balancers where none can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def vpc(client: Client, stack: Stack) -> str:
    return str(client("ec2").describe_subnets(SubnetIds=[stack.subnet])["Subnets"][0]["VpcId"])


def subnets(client: Client, stack: Stack) -> list[str]:
    balancer = client("elbv2").describe_load_balancers(LoadBalancerArns=[stack.load_balancer])["LoadBalancers"][0]
    return [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]


def attributes(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


# Attributes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("routing.http.idle", "1")], "Load balancer attribute key 'routing.http.idle' is not recognized"),
        (
            [("idle_timeout.timeout_seconds", "1"), ("idle_timeout.timeout_seconds", "2")],
            "Attribute key 'idle_timeout.timeout_seconds' has been specified more than once",
        ),
        (
            [("deletion_protection.enabled", "yes")],
            "The value of 'deletion_protection.enabled' must be 'true' or 'false', but was 'yes'",
        ),
        (
            [("idle_timeout.timeout_seconds", "4001")],
            "The value of 'idle_timeout.timeout_seconds' cannot be greater than 4000 characters",
        ),
        (
            [("idle_timeout.timeout_seconds", "0")],
            "The value of 'idle_timeout.timeout_seconds' cannot be less than 1 characters",
        ),
        (
            [("client_keep_alive.seconds", "59")],
            "The value of 'client_keep_alive.seconds' must be an integer between 60 and 604800",
        ),
        (
            [("routing.http.desync_mitigation_mode", "strict")],
            "'strict' must be one of [defensive, monitor, strictest]",
        ),
        (
            [("routing.http.xff_header_processing.mode", "drop")],
            "'routing.http.xff_header_processing.mode' must be set as 'preserve', 'append', or 'remove'",
        ),
        (
            [("load_balancing.cross_zone.enabled", "false")],
            "The value for 'load_balancing.cross_zone.enabled' must always be 'true' for an Application Load Balancer",
        ),
        (
            [("access_logs.s3.enabled", "true")],
            "The key 'access_logs.s3.bucket' must set in order to enable access logs",
        ),
    ],
)
def test_a_load_balancer_has_the_attributes_that_there_are(
    client: Client, stack: Stack, given: list[tuple[str, str]], message: str
) -> None:
    change = client("elbv2").modify_load_balancer_attributes

    answer = refused(change, LoadBalancerArn=stack.load_balancer, Attributes=attributes(*given))

    assert answer == (400, "ValidationError", message)


@pytest.mark.parametrize(
    "given",
    [
        [("idle_timeout.timeout_seconds", "1"), ("client_keep_alive.seconds", "60")],
        [("idle_timeout.timeout_seconds", "4000"), ("client_keep_alive.seconds", "604800")],
        [("routing.http.desync_mitigation_mode", "strictest"), ("load_balancing.cross_zone.enabled", "true")],
        [("routing.http.xff_header_processing.mode", "remove"), ("routing.http2.enabled", "false")],
        [("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "logs")],
        [("health_check_logs.s3.bucket", "logs"), ("routing.http.x_amzn_tls_kx.enabled", "true")],
    ],
)
def test_those_that_there_are_are_taken(client: Client, stack: Stack, given: list[tuple[str, str]]) -> None:
    answer = client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=stack.load_balancer, Attributes=attributes(*given)
    )

    kept = {entry["Key"]: entry["Value"] for entry in answer["Attributes"]}
    assert {key: kept[key] for key, _ in given} == dict(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [("stickiness.duration_seconds", "1")],
            "Target group attribute key 'stickiness.duration_seconds' is not recognized",
        ),
        ([("stickiness.enabled", "true")] * 2, "Target group attribute keys must be unique: '[stickiness.enabled]'"),
        ([("stickiness.enabled", "1")], "The value of 'stickiness.enabled' must be 'true' or 'false', but was '1'"),
        (
            [("load_balancing.algorithm.type", "random")],
            "'Load balancer algorithm' must be one of [round_robin, weighted_random, least_outstanding_requests]",
        ),
        (
            [("slow_start.duration_seconds", "29")],
            "'slow_start.duration_seconds' value '29' must be between '30-900' inclusive",
        ),
        (
            [("stickiness.lb_cookie.duration_seconds", "0")],
            "'stickiness.lb_cookie.duration_seconds' value '0' must be between '1-604800' inclusive",
        ),
        (
            [("deregistration_delay.timeout_seconds", "3601")],
            "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive",
        ),
    ],
)
def test_a_target_group_has_the_attributes_that_there_are(
    client: Client, stack: Stack, given: list[tuple[str, str]], message: str
) -> None:
    change = client("elbv2").modify_target_group_attributes

    answer = refused(change, TargetGroupArn=stack.blue, Attributes=attributes(*given))

    assert answer == (400, "ValidationError", message)


@pytest.mark.parametrize(
    "given",
    [
        [("slow_start.duration_seconds", "0"), ("stickiness.lb_cookie.duration_seconds", "604800")],
        [
            ("slow_start.duration_seconds", "900"),
            ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
        ],
        [("stickiness.enabled", "false"), ("load_balancing.algorithm.type", "least_outstanding_requests")],
        [("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off")],
        [("deregistration_delay.timeout_seconds", "0")],
    ],
)
def test_those_of_a_target_group_are_taken(client: Client, stack: Stack, given: list[tuple[str, str]]) -> None:
    client("elbv2").modify_target_group_attributes(TargetGroupArn=stack.blue, Attributes=attributes(*given))

    answer = client("elbv2").describe_target_group_attributes(TargetGroupArn=stack.blue)["Attributes"]
    kept = {entry["Key"]: entry["Value"] for entry in answer}
    assert {key: kept[key] for key, _ in given} == dict(given)


# Load balancers


def test_a_public_load_balancer_needs_a_way_to_the_internet(client: Client, stack: Stack, name: str) -> None:
    ec2, create = client("ec2"), client("elbv2").create_load_balancer
    given = {"Name": f"{name}-public", "Subnets": subnets(client, stack), "SecurityGroups": [stack.security_group]}

    answer = refused(create, **given)

    inside = vpc(client, stack)
    assert answer == (400, "InvalidSubnet", f"VPC {inside} has no internet gateway")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=inside)
    made = create(**given)["LoadBalancers"][0]["LoadBalancerArn"]
    # Asked for again in the same words, without a scheme.
    assert create(**given)["LoadBalancers"][0]["LoadBalancerArn"] == made


def test_a_load_balancers_security_groups_are_of_its_vpc(client: Client, stack: Stack, name: str) -> None:
    ec2, elbv2 = client("ec2"), client("elbv2")
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    away = ec2.create_security_group(GroupName=f"{name}-x", Description="d", VpcId=other)["GroupId"]
    gone = "sg-0123456789abcdef0"
    given = {"Name": f"{name}-x", "Subnets": subnets(client, stack), "Scheme": "internal"}

    made = [refused(elbv2.create_load_balancer, **given, SecurityGroups=[group]) for group in (away, gone)]
    change = elbv2.set_security_groups
    changed = [refused(change, LoadBalancerArn=stack.load_balancer, SecurityGroups=[group]) for group in (away, gone)]

    assert made == changed
    assert made == [
        (400, "InvalidConfigurationRequest", "One or more security groups are invalid"),
        (400, "InvalidSecurityGroup", f"The security group '{gone}' does not exist"),
    ]
    elbv2.set_security_groups(LoadBalancerArn=stack.load_balancer, SecurityGroups=[stack.security_group])


def test_a_protected_load_balancer_stays(client: Client, stack: Stack) -> None:
    elbv2, arn = client("elbv2"), stack.load_balancer
    protected = ("deletion_protection.enabled", "true")
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes(protected))

    answer = refused(elbv2.delete_load_balancer, LoadBalancerArn=arn)

    message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
    assert answer == (400, "OperationNotPermitted", message)
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes((protected[0], "false")))
    elbv2.delete_load_balancer(LoadBalancerArn=arn)


# Target groups


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"HealthCheckPort": "http"}, "Health check port 'http' must be within '1-65535' or 'traffic-port'"),
        ({"HealthCheckPort": "65536"}, "Health check port '65536' must be within '1-65535' or 'traffic-port'"),
        ({"HealthCheckEnabled": False}, "Health check enabled must be true for target groups with target type 'ip'"),
        (
            {"HealthCheckTimeoutSeconds": 10, "HealthCheckIntervalSeconds": 10},
            "Health check timeout '10' must be smaller than the interval '10'",
        ),
    ],
)
def test_a_health_check_can_be(client: Client, stack: Stack, settings: dict[str, Any], message: str) -> None:
    elbv2 = client("elbv2")
    given = {"Protocol": "HTTP", "Port": 80, "TargetType": "ip", "VpcId": vpc(client, stack)}

    made = refused(elbv2.create_target_group, Name=f"{stack.name}-x", **given, **settings)
    changed = refused(elbv2.modify_target_group, TargetGroupArn=stack.blue, **settings)

    assert made == changed == (400, "ValidationError", message)


def test_a_health_check_is_on_a_port(client: Client, stack: Stack) -> None:
    elbv2 = client("elbv2")

    for port in ("1", "65535", "traffic-port"):
        answer = elbv2.modify_target_group(TargetGroupArn=stack.blue, HealthCheckPort=port)
        assert answer["TargetGroups"][0]["HealthCheckPort"] == port
    # The interval that is there, 30 seconds, is the limit.
    answer = refused(elbv2.modify_target_group, TargetGroupArn=stack.blue, HealthCheckTimeoutSeconds=30)
    assert answer[2] == "Health check timeout '30' must be smaller than the interval '30'"


def test_targets_are_spoken_to_in_a_version_that_there_is(client: Client, stack: Stack) -> None:
    create = client("elbv2").create_target_group
    given = {"Name": f"{stack.name}-x", "Protocol": "HTTP", "Port": 80, "VpcId": vpc(client, stack)}

    answer = refused(create, **given, ProtocolVersion="HTTP3")

    message = "Target group protocol version 'HTTP3' must be one of '[HTTP2, HTTP1, GRPC]'"
    assert answer == (400, "ValidationError", message)
    assert create(**given, ProtocolVersion="HTTP2")["TargetGroups"][0]["ProtocolVersion"] == "HTTP2"
