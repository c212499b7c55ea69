"""What of a user's stack is still in the sandbox: the proof, after a destroy, that nothing is left.

Asked of AWS's own public APIs. Not counted, because a destroy is meant to leave them: task definition revisions (kept
to roll back to, free of charge), ECR repositories with the images that were pushed, and S3 buckets (one has the state).
What AWS itself puts into an account is not counted either: the default VPC with its parts, service-linked roles, AWS's
own policies, S3's and EC2's prefix lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.clients import local_client
from sandbox.state import DEFAULT_REGION

Client = Callable[[str], Any]


def find(endpoint_url: str, region: str = DEFAULT_REGION) -> list[str]:
    """One line for each thing that is left, such as ``VPC vpc-1234``; empty when nothing is."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = local_client(service, region, endpoint_url)
        return clients[service]

    return [line for look in (_network, _compute, _apis, _identity, _watching) for line in look(client)]


def _named(kind: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{kind} {name}" for name in names)


def _all(client: Any, operation: str, key: str, **params: Any) -> Iterator[Any]:
    if not client.can_paginate(operation):
        yield from getattr(client, operation)(**params)[key]
        return
    for page in client.get_paginator(operation).paginate(**params):
        yield from page[key]


def _network(client: Client) -> Iterator[str]:
    ec2 = client("ec2")
    default = {vpc["VpcId"] for vpc in _all(ec2, "describe_vpcs", "Vpcs") if vpc["IsDefault"]}

    def own(operation: str, key: str, name: str) -> Iterator[str]:
        for item in _all(ec2, operation, key):
            vpcs = {attachment["VpcId"] for attachment in item.get("Attachments", ())} or {item.get("VpcId")}
            # What is in a VPC goes with it: naming its parts too would tell of one thing twice.
            if not vpcs & default and item.get("State") not in ("deleted", "deleting"):
                yield item[name]

    yield from _named("VPC", own("describe_vpcs", "Vpcs", "VpcId"))
    yield from _named("subnet", own("describe_subnets", "Subnets", "SubnetId"))
    yield from _named("security group", own("describe_security_groups", "SecurityGroups", "GroupId"))
    yield from _named("route table", own("describe_route_tables", "RouteTables", "RouteTableId"))
    yield from _named("internet gateway", own("describe_internet_gateways", "InternetGateways", "InternetGatewayId"))
    yield from _named("NAT gateway", own("describe_nat_gateways", "NatGateways", "NatGatewayId"))
    yield from _named("VPC endpoint", own("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"))
    yield from _named(
        "network interface", own("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId")
    )
    yield from _named("elastic IP", (item["PublicIp"] for item in _all(ec2, "describe_addresses", "Addresses")))
    yield from _named("flow log", (item["FlowLogId"] for item in _all(ec2, "describe_flow_logs", "FlowLogs")))
    elb = client("elbv2")
    balancers = _all(elb, "describe_load_balancers", "LoadBalancers")
    yield from _named("load balancer", (item["LoadBalancerName"] for item in balancers))
    groups = _all(elb, "describe_target_groups", "TargetGroups")
    yield from _named("target group", (item["TargetGroupName"] for item in groups))


def _compute(client: Client) -> Iterator[str]:
    ecs = client("ecs")
    for cluster in _all(ecs, "list_clusters", "clusterArns"):
        yield f"ECS cluster {cluster.split('/')[-1]}"
        yield from _named("ECS service", _all(ecs, "list_services", "serviceArns", cluster=cluster))
        yield from _named("ECS task", _all(ecs, "list_tasks", "taskArns", cluster=cluster))
    functions = _all(client("lambda"), "list_functions", "Functions")
    yield from _named("Lambda function", (item["FunctionName"] for item in functions))
    codedeploy = client("codedeploy")
    yield from _named("CodeDeploy application", _all(codedeploy, "list_applications", "applications"))
    configs = _all(codedeploy, "list_deployment_configs", "deploymentConfigsList")
    own = (name for name in configs if not name.startswith("CodeDeployDefault."))
    yield from _named("CodeDeploy deployment configuration", own)
    scaling = client("application-autoscaling")
    targets = _all(scaling, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs")
    yield from _named("scalable target", (item["ResourceId"] for item in targets))


def _apis(client: Client) -> Iterator[str]:
    gateway = client("apigatewayv2")
    yield from _named("API", (item["Name"] for item in _all(gateway, "get_apis", "Items")))
    # boto3 has no paginator for these.
    yield from _named("VPC link", (item["Name"] for item in gateway.get_vpc_links()["Items"]))


def _identity(client: Client) -> Iterator[str]:
    iam = client("iam")
    roles = (item for item in _all(iam, "list_roles", "Roles") if not item["Path"].startswith("/aws-service-role/"))
    yield from _named("IAM role", (item["RoleName"] for item in roles))
    policies = _all(iam, "list_policies", "Policies", Scope="Local")
    yield from _named("IAM policy", (item["PolicyName"] for item in policies))
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    yield from _named("OIDC provider", (item["Arn"] for item in providers))


def _watching(client: Client) -> Iterator[str]:
    groups = _all(client("logs"), "describe_log_groups", "logGroups")
    yield from _named("log group", (item["logGroupName"] for item in groups))
    cloudwatch = client("cloudwatch")
    for page in cloudwatch.get_paginator("describe_alarms").paginate():
        yield from _named("alarm", (item["AlarmName"] for item in page["MetricAlarms"]))
    parameters = _all(client("ssm"), "describe_parameters", "Parameters")
    yield from _named("SSM parameter", (item["Name"] for item in parameters))
    rules = _all(client("events"), "list_rules", "Rules")
    yield from _named("EventBridge rule", (item["Name"] for item in rules))
    yield from _named("SNS topic", (item["TopicArn"] for item in _all(client("sns"), "list_topics", "Topics")))
