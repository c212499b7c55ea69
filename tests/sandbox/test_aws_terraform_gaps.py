"""What Terraform writes and reads back of the smaller services: each of these was a diff or an error without it."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.roles import function_role
from tests.sandbox.stack import make, service
from tests.sandbox.trust import TRUST

Client = Callable[[str], Any]


# API Gateway


@pytest.fixture
def api(client: Client, name: str) -> str:
    return str(client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")["ApiId"])


def test_an_apis_endpoint_is_its_place_on_the_data_plane(client: Client, api: str, sandbox: Any) -> None:
    gateway, expected = client("apigatewayv2"), f"{sandbox.facts['data_plane_url']}/{api}"

    assert gateway.get_api(ApiId=api)["ApiEndpoint"] == expected
    assert [item["ApiEndpoint"] for item in gateway.get_apis()["Items"] if item["ApiId"] == api] == [expected]
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.urlopen(f"{expected}/none")
    assert (answered.value.code, answered.value.read()) == (404, b'{"message": "Not Found"}')


def test_a_stage_can_be_changed(client: Client, api: str) -> None:
    gateway, stage = client("apigatewayv2"), {"ApiId": api, "StageName": "$default"}
    gateway.create_stage(**stage, AutoDeploy=True, DefaultRouteSettings={"ThrottlingBurstLimit": 100})
    access_logs = {"DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:l", "Format": "$context.requestId"}

    gateway.update_stage(**stage, DefaultRouteSettings={"ThrottlingBurstLimit": 50}, AccessLogSettings=access_logs)

    found = gateway.get_stage(**stage)
    assert found["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 50}
    assert found["AccessLogSettings"] == access_logs
    assert found["AutoDeploy"] is True


def test_a_stages_tags_can_be_changed(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, Tags={"color": "blue", "old": "1"})
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api}/stages/$default"

    gateway.tag_resource(ResourceArn=arn, Tags={"color": "green"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["old"])

    assert gateway.get_stage(ApiId=api, StageName="$default")["Tags"] == {"color": "green"}
    assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"color": "green"}


# Application Auto Scaling


def test_a_scalable_target_of_ecs_has_the_service_linked_role(client: Client, name: str) -> None:
    """Whatever role was given: https://github.com/hashicorp/terraform-provider-aws/issues/5023"""
    service(client, make(client, name))
    scaling = client("application-autoscaling")
    scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{name}/{name}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
        RoleARN="arn:aws:iam::123456789012:role/mine",
    )

    (found,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[f"service/{name}/{name}"])[
        "ScalableTargets"
    ]

    assert found["RoleARN"] == (
        "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_ECSService"
    )


def test_a_scalable_target_keeps_its_tags_and_always_has_a_suspended_state(client: Client, name: str) -> None:
    service(client, make(client, name))
    scaling = client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{name}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    arn = scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4, Tags={"color": "blue"})[
        "ScalableTargetARN"
    ]

    def found() -> dict[str, Any]:
        described: dict[str, Any] = scaling.describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]]
        )["ScalableTargets"][0]
        return described

    running = {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }
    assert found()["SuspendedState"] == running
    scaling.register_scalable_target(**target, SuspendedState={"DynamicScalingInSuspended": True})
    assert found()["SuspendedState"] == {**running, "DynamicScalingInSuspended": True}
    assert (found()["MinCapacity"], found()["MaxCapacity"]) == (1, 4)
    scaling.tag_resource(ResourceARN=arn, Tags={"color": "green", "a": "b"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"color": "green"}


# EC2


def test_a_gateway_endpoint_gets_and_gives_back_its_route_in_a_table_that_comes_later(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    gateway = {"VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.us-east-1.s3", "VpcId": vpc}
    endpoint = ec2.create_vpc_endpoint(**gateway, RouteTableIds=[first])["VpcEndpoint"]["VpcEndpointId"]

    def tables() -> set[str]:
        found = ec2.describe_route_tables(RouteTableIds=[first, second])["RouteTables"]
        ways = ((table, route) for table in found for route in table["Routes"])
        return {table["RouteTableId"] for table, route in ways if route.get("GatewayId") == endpoint}

    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second])
    assert tables() == {first, second}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[first])
    assert tables() == {second}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert tables() == set()


def test_a_gateway_endpoint_lets_go_of_a_route_table_that_is_gone(client: Client) -> None:
    """As Terraform takes a zone out: the table first, then its entry at the endpoint."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    stays, goes = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    gateway = {"VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.us-east-1.s3", "VpcId": vpc}
    made = ec2.create_vpc_endpoint(**gateway, RouteTableIds=[stays, goes])["VpcEndpoint"]
    ec2.delete_route_table(RouteTableId=goes)

    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], RemoveRouteTableIds=[goes])

    (left,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"]
    assert left["RouteTableIds"] == [stays]


@pytest.fixture
def group(client: Client, name: str) -> str:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def test_a_rule_that_names_a_group_keeps_its_description_and_can_be_changed(client: Client, group: str) -> None:
    ec2 = client("ec2")
    pair = {"GroupId": group, "Description": "from itself"}
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    (rule,) = answer["SecurityGroupRules"]
    assert rule["Description"] == "from itself"

    changed = {
        "IpProtocol": "tcp",
        "FromPort": 81,
        "ToPort": 82,
        "ReferencedGroupId": group,
        "Description": "from others",
    }
    updates = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}]
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=updates)

    ids = [rule["SecurityGroupRuleId"]]
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
    assert (found["FromPort"], found["ToPort"], found["Description"]) == (81, 82, "from others")
    assert found["ReferencedGroupInfo"]["GroupId"] == group


def test_a_rule_for_all_protocols_can_be_changed(client: Client, group: str) -> None:
    ec2 = client("ec2")
    answer = ec2.authorize_security_group_egress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "one"}]}],
    )
    (rule,) = answer["SecurityGroupRules"]
    ids = [rule["SecurityGroupRuleId"]]

    wanted = {"IpProtocol": "-1", "CidrIpv4": "10.0.0.0/8", "Description": "two"}
    updates = [{"SecurityGroupRuleId": ids[0], "SecurityGroupRule": wanted}]
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=updates)

    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
    assert (found["CidrIpv4"], found["Description"]) == ("10.0.0.0/8", "two")


def test_a_nat_gateway_takes_its_network_interface_with_it(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]

    def interfaces() -> int:
        answer = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])
        return len(answer["NetworkInterfaces"])

    assert interfaces() == 1
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert interfaces() == 0


# IAM


def test_a_role_keeps_its_description_when_its_session_duration_changes(client: Client, name: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="words")

    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    iam.update_role(RoleName=name, Description="other words")

    role = iam.get_role(RoleName=name)["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("other words", 7200)


def test_a_roles_session_duration_is_told_when_it_is_read(client: Client, name: str) -> None:
    iam = client("iam")

    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)["Role"]

    assert (made["RoleName"], "MaxSessionDuration" in made) == (name, False)
    assert iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 7200


def test_policies_that_aws_manages_can_be_attached(client: Client, name: str) -> None:
    iam, arn = client("iam"), "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)

    iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]


# Lambda


def function(client: Client, name: str, **changes: Any) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("bootstrap", "")
    client("lambda").create_function(
        FunctionName=name,
        Role=function_role(client),
        Runtime="provided.al2023",
        Handler="bootstrap",
        Architectures=["arm64"],
        Code={"ZipFile": archive.getvalue()},
        **changes,
    )


def test_a_function_keeps_its_logging_configuration(client: Client, name: str) -> None:
    lambda_ = client("lambda")
    function(client, name)
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    assert lambda_.get_function_configuration(FunctionName=name)["LoggingConfig"] == default

    wanted = {"LogFormat": "JSON", "LogGroup": "/hooks", "ApplicationLogLevel": "INFO"}
    lambda_.update_function_configuration(FunctionName=name, LoggingConfig=wanted)

    assert lambda_.get_function_configuration(FunctionName=name)["LoggingConfig"] == wanted


def test_a_functions_vpc_is_that_of_its_subnets(client: Client, name: str) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]

    function(client, name, VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]})

    assert client("lambda").get_function_configuration(FunctionName=name)["VpcConfig"] == {
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group],
        "VpcId": vpc,
        "Ipv6AllowedForDualStack": False,
    }


def test_a_functions_variables_can_be_taken_away(client: Client, name: str) -> None:
    function(client, name, Environment={"Variables": {"COLOR": "blue"}})

    client("lambda").update_function_configuration(FunctionName=name, Environment={})

    assert "Environment" not in client("lambda").get_function_configuration(FunctionName=name)
