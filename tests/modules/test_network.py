from dataclasses import replace

from modules.endpoints import Endpoints, EndpointsProps
from modules.flow_logs import FlowLogs, FlowLogsProps
from modules.network import Network, NetworkProps
from tests.modules.example import LOCATION
from tests.modules.example import NETWORK as PRIVATE
from tests.synthesis import Config, policy, reference, resource, resources, synth, trust

PROPS = NetworkProps(
    name="dev", cidr="10.0.0.0/16", availability_zones=["eu-west-1a", "eu-west-1b"], egress="nat-per-az"
)


def network(props: NetworkProps = PROPS) -> Config:
    return synth(lambda stack: Network(stack, "network", props))


def subnets(config: Config) -> dict[str, tuple[str, str]]:
    return {
        subnet["tags"]["Name"]: (subnet["availability_zone"], subnet["cidr_block"])
        for subnet in resources(config, "aws_subnet")
    }


def test_there_are_three_kinds_of_subnet_in_every_zone() -> None:
    assert subnets(network()) == {
        "dev-public-a": ("eu-west-1a", "10.0.0.0/24"),
        "dev-public-b": ("eu-west-1b", "10.0.1.0/24"),
        "dev-private-a": ("eu-west-1a", "10.0.6.0/24"),
        "dev-private-b": ("eu-west-1b", "10.0.7.0/24"),
        "dev-isolated-a": ("eu-west-1a", "10.0.12.0/24"),
        "dev-isolated-b": ("eu-west-1b", "10.0.13.0/24"),
    }


def test_adding_a_zone_moves_no_existing_subnet() -> None:
    three = subnets(network(replace(PROPS, availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"])))

    assert {name: three[name] for name in subnets(network())} == subnets(network())


def test_nothing_gets_a_public_address_on_launch() -> None:
    assert {subnet["map_public_ip_on_launch"] for subnet in resources(network(), "aws_subnet")} == {False}


def test_the_default_security_group_is_locked() -> None:
    group = resource(network(), "aws_default_security_group")

    assert (group["ingress"], group["egress"]) == ([], [])


def routes(config: Config) -> set[tuple[str, str]]:
    """(route table, way out) of every route to the internet."""
    tables = {
        reference(config, "aws_route_table", "id", tags=table["tags"]): table["tags"]["Name"]
        for table in resources(config, "aws_route_table")
    }
    nats = {
        reference(config, "aws_nat_gateway", "id", tags=nat["tags"]): nat["tags"]["Name"]
        for nat in resources(config, "aws_nat_gateway")
    }
    return {
        (tables[route["route_table_id"]], nats.get(route.get("nat_gateway_id", ""), "internet"))
        for route in resources(config, "aws_route", destination_cidr_block="0.0.0.0/0")
    }


def test_with_nat_per_az_each_zone_leaves_through_its_own_gateway() -> None:
    assert routes(network()) == {("dev-public", "internet"), ("dev-private-a", "dev-a"), ("dev-private-b", "dev-b")}


def test_with_nat_single_all_zones_leave_through_one_gateway() -> None:
    assert routes(network(replace(PROPS, egress="nat-single"))) == {
        ("dev-public", "internet"),
        ("dev-private-a", "dev-a"),
        ("dev-private-b", "dev-a"),
    }


def test_with_endpoints_private_subnets_have_no_way_to_the_internet() -> None:
    config = network(replace(PROPS, egress="endpoints"))

    assert routes(config) == {("dev-public", "internet")}
    assert resources(config, "aws_nat_gateway") == []
    assert resources(config, "aws_eip") == []


def test_isolated_subnets_have_no_way_out() -> None:
    config = network()
    isolated = reference(config, "aws_route_table", "id", tags={"Name": "dev-isolated"})

    assert resources(config, "aws_route", route_table_id=isolated) == []


ENDPOINTS = EndpointsProps(name="dev", location=LOCATION, network=PRIVATE, services=["ecr.api", "logs"])


def endpoints(props: EndpointsProps = ENDPOINTS) -> Config:
    return synth(lambda stack: Endpoints(stack, "endpoints", props))


def test_interface_endpoints_answer_only_the_vpc_and_only_on_443() -> None:
    config = endpoints()
    group = reference(config, "aws_security_group", "id", name="dev-endpoints")

    assert resources(config, "aws_vpc_security_group_ingress_rule") == [
        {
            "security_group_id": group,
            "description": "AWS API calls from the VPC",
            "cidr_ipv4": "10.0.0.0/16",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
        }
    ]
    assert resources(config, "aws_vpc_security_group_egress_rule") == []
    assert resource(config, "aws_vpc_endpoint", service_name="com.amazonaws.eu-west-1.ecr.api") == {
        "vpc_id": "vpc-1",
        "service_name": "com.amazonaws.eu-west-1.ecr.api",
        "vpc_endpoint_type": "Interface",
        "private_dns_enabled": True,
        "subnet_ids": ["subnet-1", "subnet-2"],
        "security_group_ids": [group],
        "tags": {"Name": "dev-ecr.api"},
    }


def test_images_layers_come_through_the_free_s3_gateway_endpoint() -> None:
    config = endpoints(replace(ENDPOINTS, services=[]))

    assert resources(config, "aws_vpc_endpoint") == [
        {
            "vpc_id": "vpc-1",
            "service_name": "com.amazonaws.eu-west-1.s3",
            "vpc_endpoint_type": "Gateway",
            "route_table_ids": ["rtb-1"],
            "tags": {"Name": "dev-s3"},
        }
    ]
    assert resources(config, "aws_security_group") == []


FLOW_LOGS = FlowLogsProps(name="dev", location=LOCATION, vpc_id="vpc-1", log_retention_days=30)


def test_flow_logs_keep_accepted_and_rejected_connections() -> None:
    config = synth(lambda stack: FlowLogs(stack, "flow-logs", FLOW_LOGS))

    assert resource(config, "aws_flow_log") == {
        "vpc_id": "vpc-1",
        "traffic_type": "ALL",
        "log_destination_type": "cloud-watch-logs",
        "log_destination": reference(config, "aws_cloudwatch_log_group", "arn", name="/aws/vpc/dev"),
        "iam_role_arn": reference(config, "aws_iam_role", "arn", name="dev-flow-logs"),
        "max_aggregation_interval": 60,
        "tags": {"Name": "dev"},
    }
    assert resource(config, "aws_cloudwatch_log_group")["retention_in_days"] == 30


def test_flow_logs_write_to_their_own_group_for_this_account_only() -> None:
    config = synth(lambda stack: FlowLogs(stack, "flow-logs", FLOW_LOGS))
    group = reference(config, "aws_cloudwatch_log_group", "arn", name="/aws/vpc/dev")

    assert policy(config, "dev-flow-logs") == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": [group, f"{group}:*"],
        },
        {"Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": "*"},
    ]
    assert trust(config, "dev-flow-logs") == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:111111111111:vpc-flow-log/*"},
            },
        }
    ]
