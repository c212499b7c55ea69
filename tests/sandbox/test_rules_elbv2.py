"""Elastic Load Balancing refuses what AWS's load balancers refuse, and gives back what is asked for twice."""

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


def forward(*groups: str) -> list[dict[str, Any]]:
    targets = [{"TargetGroupArn": arn, "Weight": 1} for arn in groups]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": targets}}]


def subnets(client: Client, stack: Stack) -> list[str]:
    balancer = client("elbv2").describe_load_balancers(LoadBalancerArns=[stack.load_balancer])["LoadBalancers"][0]
    return [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]


def vpc(client: Client, stack: Stack) -> str:
    return str(client("ec2").describe_subnets(SubnetIds=[stack.subnet])["Subnets"][0]["VpcId"])


def listener(client: Client, stack: Stack, port: int, *groups: str) -> str:
    answer = client("elbv2").create_listener(
        LoadBalancerArn=stack.load_balancer, Protocol="HTTP", Port=port, DefaultActions=forward(*groups)
    )
    return str(answer["Listeners"][0]["ListenerArn"])


# Listeners


def test_a_second_listener_on_a_port_is_refused(client: Client, stack: Stack) -> None:
    answer = refused(
        client("elbv2").create_listener,
        LoadBalancerArn=stack.load_balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=forward(stack.green),
    )

    assert answer == (
        400,
        "DuplicateListener",
        f"A listener already exists on this port for this load balancer '{stack.load_balancer}'",
    )


def test_a_listener_asked_for_again_is_the_one_that_is_there(client: Client, stack: Stack) -> None:
    assert listener(client, stack, 80, stack.blue) == stack.prod
    listeners = client("elbv2").describe_listeners(LoadBalancerArn=stack.load_balancer)["Listeners"]
    assert [found["Port"] for found in listeners] == [80]


def test_a_listener_moves_to_a_free_port_and_to_none_that_is_in_use(client: Client, stack: Stack) -> None:
    other = listener(client, stack, 81, stack.green)

    answer = refused(client("elbv2").modify_listener, ListenerArn=other, Port=80)

    assert answer == (400, "ValidationError", "Listener port '80' is already in use")
    moved = client("elbv2").modify_listener(ListenerArn=other, Port=82, DefaultActions=forward(stack.green))
    assert moved["Listeners"][0]["Port"] == 82
    assert client("elbv2").modify_listener(ListenerArn=other, Port=82, DefaultActions=forward(stack.green))


def test_the_targets_of_a_group_are_behind_one_load_balancer(client: Client, stack: Stack, name: str) -> None:
    elb = client("elbv2")
    second = elb.create_load_balancer(Name=f"{name}-two", Subnets=subnets(client, stack), Scheme="internal")[
        "LoadBalancers"
    ][0]
    arn = second["LoadBalancerArn"]

    actions = forward(stack.green, stack.blue)
    answer = refused(elb.create_listener, LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=actions)

    assert answer == (
        400,
        "TargetGroupAssociationLimit",
        f"The following target groups cannot be associated with more than one load balancer: {stack.blue}",
    )
    made = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward(stack.green))
    listener_arn = made["Listeners"][0]["ListenerArn"]
    code = refused(elb.modify_listener, ListenerArn=listener_arn, DefaultActions=forward(stack.blue))[1]
    assert code == "TargetGroupAssociationLimit"


@pytest.mark.parametrize("certificates", [{}, {"Certificates": []}])
def test_an_https_listener_has_a_certificate(client: Client, stack: Stack, certificates: dict[str, Any]) -> None:
    answer = refused(
        client("elbv2").create_listener,
        LoadBalancerArn=stack.load_balancer,
        Protocol="HTTPS",
        Port=443,
        DefaultActions=forward(stack.blue),
        **certificates,
    )

    assert answer == (400, "ValidationError", "A certificate must be specified for HTTPS listeners")


# Load balancers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a" * 33, f"The load balancer name '{'a' * 33}' cannot be longer than '32' characters"),
        ("internal-api", "The load balancer name 'internal-api' cannot begin with 'internal-'"),
        ("-api", "The load balancer name '-api' cannot begin with a hyphen(-)"),
        ("api-", "The load balancer name 'api-' cannot end with a hyphen(-)"),
        (
            "a_b",
            "The load balancer name 'a_b' can only contain characters that are alphanumeric characters and hyphens(-)",
        ),
    ],
)
def test_a_load_balancers_name_is_of_letters_digits_and_inner_hyphens(
    client: Client, stack: Stack, given: str, message: str
) -> None:
    answer = refused(client("elbv2").create_load_balancer, Name=given, Subnets=subnets(client, stack))

    assert answer == (400, "ValidationError", message)


def test_a_name_may_have_32_characters_and_internal_in_the_middle(client: Client, stack: Stack, name: str) -> None:
    given = f"{name}-internal-".ljust(32, "a")

    answer = client("elbv2").create_load_balancer(Name=given, Subnets=subnets(client, stack), Scheme="internal")

    assert answer["LoadBalancers"][0]["LoadBalancerName"] == given


def test_a_load_balancer_of_a_taken_name_is_refused_unless_it_is_the_same(client: Client, stack: Stack) -> None:
    elb = client("elbv2")
    same = {
        "Name": stack.name,
        "Subnets": subnets(client, stack),
        "SecurityGroups": [stack.security_group],
        "Scheme": "internal",
    }

    answer = refused(elb.create_load_balancer, **{**same, "Scheme": "internet-facing"})

    message = f"A load balancer with the same name '{stack.name}' exists, but with different settings"
    assert answer == (400, "DuplicateLoadBalancerName", message)
    assert elb.create_load_balancer(**same)["LoadBalancers"][0]["LoadBalancerArn"] == stack.load_balancer


def test_an_application_load_balancer_has_two_zones_and_one_subnet_in_each(
    client: Client, stack: Stack, name: str
) -> None:
    elb, ec2 = client("elbv2"), client("ec2")
    first, second = subnets(client, stack)
    zone = ec2.describe_subnets(SubnetIds=[first])["Subnets"][0]["AvailabilityZone"]
    third = ec2.create_subnet(VpcId=vpc(client, stack), CidrBlock="10.0.7.0/24", AvailabilityZone=zone)

    one = refused(elb.create_load_balancer, Name=f"{name}-x", Subnets=[first])
    same = refused(elb.create_load_balancer, Name=f"{name}-x", Subnets=[first, second, third["Subnet"]["SubnetId"]])

    assert one == (400, "ValidationError", "At least two subnets in two different Availability Zones must be specified")
    assert same == (
        400,
        "InvalidConfigurationRequest",
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    )
    assert elb.create_load_balancer(Name=f"{name}-x", Subnets=[first, second], Scheme="internal")["LoadBalancers"]


def test_a_load_balancers_subnets_are_in_one_vpc(client: Client, stack: Stack, name: str) -> None:
    elb, ec2 = client("elbv2"), client("ec2")
    first, second = subnets(client, stack)
    zone = ec2.describe_subnets(SubnetIds=[second])["Subnets"][0]["AvailabilityZone"]
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    elsewhere = ec2.create_subnet(VpcId=other, CidrBlock="10.9.0.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]

    made = refused(elb.create_load_balancer, Name=f"{name}-x", Subnets=[first, elsewhere])
    moved = refused(elb.set_subnets, LoadBalancerArn=stack.load_balancer, Subnets=[first, elsewhere])

    assert (made[1], moved[1]) == ("InvalidConfigurationRequest", "InvalidConfigurationRequest")


def test_a_load_balancer_needs_eight_free_addresses_in_each_subnet_that_is_new_to_it(
    client: Client, stack: Stack, name: str
) -> None:
    elb, ec2 = client("elbv2"), client("ec2")
    first, second = subnets(client, stack)
    zone = ec2.describe_subnets(SubnetIds=[second])["Subnets"][0]["AvailabilityZone"]
    small = ec2.create_subnet(VpcId=vpc(client, stack), CidrBlock="10.0.7.0/28", AvailabilityZone=zone)["Subnet"]
    made = elb.create_load_balancer(Name=f"{name}-x", Subnets=[first, small["SubnetId"]], Scheme="internal")
    for _ in range(small["AvailableIpAddressCount"] - 7):
        ec2.create_network_interface(SubnetId=small["SubnetId"])

    answer = refused(elb.create_load_balancer, Name=f"{name}-y", Subnets=[first, small["SubnetId"]])

    message = (
        f"Not enough IP space available in {small['SubnetId']}. ELB requires at least 8 free IP addresses in each "
        "subnet."
    )
    assert answer == (400, "InvalidSubnet", message)
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    assert elb.set_subnets(LoadBalancerArn=arn, Subnets=[first, small["SubnetId"]])["AvailabilityZones"]


@pytest.mark.parametrize("kind", ["network", "gateway"])
def test_other_load_balancers_may_be_in_one_zone_and_have_one_subnet_in_each(
    client: Client, stack: Stack, name: str, kind: str
) -> None:
    elb, ec2 = client("elbv2"), client("ec2")
    first, second = subnets(client, stack)
    zone = ec2.describe_subnets(SubnetIds=[second])["Subnets"][0]["AvailabilityZone"]
    third = ec2.create_subnet(VpcId=vpc(client, stack), CidrBlock="10.0.7.0/24", AvailabilityZone=zone)["Subnet"]
    scheme = {"Scheme": "internal"} if kind == "network" else {}

    made = elb.create_load_balancer(Name=f"{name}-x", Type=kind, Subnets=[first], **scheme)
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    moved = elb.set_subnets(LoadBalancerArn=arn, Subnets=[second])

    assert [zone["SubnetId"] for zone in moved["AvailabilityZones"]] == [second]
    same = refused(elb.set_subnets, LoadBalancerArn=arn, Subnets=[second, third["SubnetId"]])
    assert same[1] == "InvalidConfigurationRequest"


def test_a_load_balancers_subnets_exist(client: Client, stack: Stack, name: str) -> None:
    elb, gone = client("elbv2"), ["subnet-0123456789abcdef0"]

    made = refused(elb.create_load_balancer, Name=f"{name}-x", Subnets=gone)
    moved = refused(elb.set_subnets, LoadBalancerArn=stack.load_balancer, Subnets=gone)

    assert made == moved == (400, "SubnetNotFound", "InvalidSubnetID.NotFound")


def test_a_load_balancer_in_the_default_vpc_is_public_unless_told_otherwise(client: Client, name: str) -> None:
    ec2 = client("ec2")
    default = [{"Name": "default-for-az", "Values": ["true"]}]
    found = [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=default)["Subnets"]]

    made = client("elbv2").create_load_balancer(Name=name, Subnets=found[:2])

    assert made["LoadBalancers"][0]["Scheme"] == "internet-facing"


# Target groups


@pytest.mark.parametrize("matcher", ["200-599", "999", "200,500", "300-200"])
def test_a_health_check_matches_200_to_499_only(client: Client, stack: Stack, name: str, matcher: str) -> None:
    params = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc(client, stack), "TargetType": "ip"}
    elb, message = client("elbv2"), f"Health check matcher HTTP code '{matcher}' must be within '200-499' inclusive"

    created = refused(elb.create_target_group, Name=f"{name}-m", **params, Matcher={"HttpCode": matcher})
    changed = refused(elb.modify_target_group, TargetGroupArn=stack.blue, Matcher={"HttpCode": matcher})

    assert created == changed == (400, "ValidationError", message)


@pytest.mark.parametrize("matcher", ["200-499", "200,301", "204"])
def test_a_health_check_may_match_any_status_in_between(client: Client, stack: Stack, matcher: str) -> None:
    answer = client("elbv2").modify_target_group(TargetGroupArn=stack.blue, Matcher={"HttpCode": matcher})

    assert answer["TargetGroups"][0]["Matcher"] == {"HttpCode": matcher}


def test_a_target_group_of_a_taken_name_is_refused_unless_it_is_the_same(client: Client, stack: Stack) -> None:
    elb, name = client("elbv2"), f"{stack.name}-blue"
    same = {"Name": name, "Protocol": "HTTP", "Port": 3000, "VpcId": vpc(client, stack), "TargetType": "ip"}

    answer = refused(elb.create_target_group, **{**same, "Port": 3001})

    message = f"A target group with the same name '{name}' exists, but with different settings"
    assert answer == (400, "DuplicateTargetGroupName", message)
    assert elb.create_target_group(**same)["TargetGroups"][0]["TargetGroupArn"] == stack.blue
