"""How what a call has made is removed again.

Names that the kit chooses are in the request; ids that AWS chooses are in the answer. Where no answer is known (the kit
ended in the middle of a call), things with such ids are found by the run's name, or its tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.conformance.ledger import Entry

Document = dict[str, Any]
Clients = Callable[[str], Any]
Request = Callable[[Document, Document], Document | None]
"""(request, answer of the call that made it) -> the request that removes it; None where nothing was made."""

Find = Callable[[Any, Document, str], list[Document]]
"""(client, request, run) -> the answers that the call may have had."""

FAILURES = (BotoCoreError, ClientError, ResponseParserError)
"""How a call ends without an answer: an error, nobody there, or something that is no answer of the service's."""

TAG = "greenlight-conformance"
"""The key of the tag that EC2's things have; its value is the run."""

_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NotExist|NotActive|AlreadyCompleted")
_NEVER = re.compile(r"^(404|405|500|501)$|NotImplemented|UnsupportedOperation|^Validation(Exception|Error)$")
"""Errors that asking again does not end: the operation is not known there (as in moto), or the request is wrong."""

_NO_NAME = re.compile(r"^Validation(Exception|Error)$|^InvalidParameter(Value)?(Exception)?$|^Invalid\w+NameException$")
"""Errors for a name that nothing can have."""

_INACTIVE = ("DeregisterTaskDefinition", "ClientException")
"""ECS's error for a revision that is inactive, or deleted, is its error for nearly everything."""


@dataclass(frozen=True)
class Kind:
    """The calls that remove what a call has made."""

    steps: tuple[tuple[str, Request], ...]
    find: Find | None = None
    """None where the request alone tells what to remove."""


def removal(entry: Entry) -> list[tuple[str, Document]]:
    """The calls that remove what an answered call has made: operation and request. Empty where it made nothing."""
    kind = KINDS.get((entry.service, entry.operation))
    if kind is None or entry.answer is None:
        return []
    return _steps(kind, entry, entry.answer)


@dataclass(frozen=True)
class Left:
    """What could not be removed. ``waits``: whether it may be let go later."""

    line: str
    waits: bool


def undo(clients: Clients, entry: Entry, run: str) -> list[Left]:
    """Remove what the call has made, as often as one likes. Returns what is left of it."""
    kind = KINDS.get((entry.service, entry.operation))
    if kind is None or entry.over:
        return []
    client = clients(entry.service)
    left = []
    try:
        for operation, request in [
            step for answer in _answers(client, entry, run) for step in _steps(kind, entry, answer)
        ]:
            try:
                getattr(client, xform_name(operation))(**request)
            except ClientError as error:
                if not _is_gone(entry, operation, error):
                    line = f"{entry.service} {operation} {request}: {error}"
                    left.append(Left(line, waits=_NEVER.search(_code(error)) is None))
    except KeyError as missing:
        # A call without the very name of what it makes is refused; where it was answered all the same, say so.
        if entry.answer is not None:
            line = (
                f"{entry.service} {entry.operation} {entry.request}: nothing says what to remove, for want of {missing}"
            )
            left.append(Left(line, waits=False))
    except FAILURES as problem:
        left.append(Left(f"{entry.service} {entry.operation}: {problem}", waits=True))
    return left


def _answers(client: Any, entry: Entry, run: str) -> list[Document]:
    """The answer that the call had; where nobody knows it, what there is that it may have made."""
    kind = KINDS[entry.service, entry.operation]
    if entry.answer is not None:
        return [entry.answer]
    if kind.find is None:
        return [{}]
    try:
        return kind.find(client, entry.request, run)
    except ClientError as error:
        if _is_gone(entry, entry.operation, error):
            return []  # not even what it would be in is there
        raise


def _is_gone(entry: Entry, operation: str, error: ClientError) -> bool:
    code = _code(error)
    never_was = entry.answer is None and _NO_NAME.search(code) is not None
    return never_was or _GONE.search(code) is not None or (operation, code) == _INACTIVE


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _steps(kind: Kind, entry: Entry, answer: Document) -> list[tuple[str, Document]]:
    """None where the request lacks the name, which is then what the claim is about: nothing could be removed by it."""
    try:
        steps = [(operation, request(entry.request, answer)) for operation, request in kind.steps]
    except KeyError:
        return []
    return [(operation, request) for operation, request in steps if request is not None]


# The table ------------------------------------------------------------------------------------------------------------


def _same(operation: str, *names: str, **fixed: Any) -> tuple[str, Request]:
    """Removed by the names that the creating request had."""
    return operation, lambda request, _: {name: request[name] for name in names} | fixed


def _by_name(*steps: tuple[str, Request]) -> Kind:
    return Kind(steps)


def _tagged(remove: str, id: str, many: str, one: str | None = None) -> Kind:
    """A thing of EC2, whose tag leads to it. ``one`` is the member of the answer that holds it."""

    def find(client: Any, _request: Document, run: str) -> list[Document]:
        look = getattr(client, xform_name(f"Describe{many}"))
        found = look(Filters=[{"Name": f"tag:{TAG}", "Values": [run]}])[many]
        return [{one: item} if one else item for item in found]

    return Kind(((remove, lambda _, answer: {id: (answer[one] if one else answer)[id]}),), find)


def _nat_gateways(client: Any, _request: Document, run: str) -> list[Document]:
    # moto knows no filter by tags here.
    found = client.describe_nat_gateways(Filter=[{"Name": f"tag:{TAG}", "Values": [run]}])["NatGateways"]
    return [{"NatGateway": item} for item in found if {"Key": TAG, "Value": run} in item.get("Tags", [])]


def _endpoints(client: Any, _request: Document, run: str) -> list[Document]:
    found = client.describe_vpc_endpoints(Filters=[{"Name": f"tag:{TAG}", "Values": [run]}])["VpcEndpoints"]
    return [{"VpcEndpoint": item} for item in found]


def _associations(client: Any, request: Document, _run: str) -> list[Document]:
    """The subnet's own with this table."""
    named = [{"Name": "route-table-id", "Values": [request["RouteTableId"]]}]
    tables = client.describe_route_tables(Filters=named)["RouteTables"]
    found = [association for table in tables for association in table["Associations"]]
    return [
        {"AssociationId": item["RouteTableAssociationId"]}
        for item in found
        if item.get("SubnetId") == request["SubnetId"]
    ]


def _unprotected(request: Document, _answer: Document) -> Document:
    """Whatever it has set, this alone would keep a load balancer from being deleted."""
    off = {"Key": "deletion_protection.enabled", "Value": "false"}
    return {"LoadBalancerArn": request["LoadBalancerArn"], "Attributes": [off]}


def _flow_logs(client: Any, _request: Document, run: str) -> list[Document]:
    found = client.describe_flow_logs(Filter=[{"Name": f"tag:{TAG}", "Values": [run]}])["FlowLogs"]
    return [{"FlowLogIds": [item["FlowLogId"] for item in found]}]


def _balancing(remove: str, id: str, many: str) -> Kind:
    """A load balancer or a target group, found by its name."""

    def find(client: Any, request: Document, _run: str) -> list[Document]:
        try:
            found: Document = getattr(client, xform_name(f"Describe{many}"))(Names=[request["Name"]])
        except ClientError:
            return []
        return [found]

    return Kind(((remove, lambda _, answer: {id: answer[many][0][id]}),), find)


def _api(remove: str, id: str, look: str) -> Kind:
    def find(client: Any, request: Document, _run: str) -> list[Document]:
        return [item for item in getattr(client, look)()["Items"] if item["Name"] == request["Name"]]

    return Kind(((remove, lambda _, answer: {id: answer[id]}),), find)


def _policies(client: Any, request: Document, _run: str) -> list[Document]:
    pages = client.get_paginator("list_policies").paginate(Scope="Local")
    found = [policy for page in pages for policy in page["Policies"]]
    return [{"Policy": policy} for policy in found if policy["PolicyName"] == request["PolicyName"]]


def _access_keys(client: Any, request: Document, _run: str) -> list[Document]:
    found = client.list_access_keys(UserName=request["UserName"])["AccessKeyMetadata"]
    return [{"AccessKey": key} for key in found]


def _providers(client: Any, request: Document, _run: str) -> list[Document]:
    host = request["Url"].partition("://")[2]
    found = [item["Arn"] for item in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    return [{"OpenIDConnectProviderArn": arn} for arn in found if arn.endswith(f"/{host}")]


def _part(remove: str, id: str) -> Kind:
    """Goes with its API; one that nobody knows of need not be looked for."""
    step: Request = lambda request, answer: {"ApiId": request["ApiId"], id: answer[id]}  # noqa: E731
    return Kind(((remove, step),), lambda *_: [])


def _revision(client: Any, request: Document, _run: str) -> list[Document]:
    arns = client.list_task_definitions(familyPrefix=request["family"])["taskDefinitionArns"]
    return [{"taskDefinition": {"taskDefinitionArn": arn}} for arn in arns]


def _deployments(client: Any, request: Document, _run: str) -> list[Document]:
    named = {name: request[name] for name in ("applicationName", "deploymentGroupName")}
    live = ["Created", "Queued", "InProgress", "Ready"]
    found = client.list_deployments(**named, includeOnlyStatuses=live)["deployments"]
    return [{"deploymentId": deployment} for deployment in found]


def _uploads(client: Any, request: Document, _run: str) -> list[Document]:
    answer: Document = client.list_multipart_uploads(Bucket=request["Bucket"], Prefix=request["Key"])
    return list(answer.get("Uploads", ()))


KINDS: dict[tuple[str, str], Kind] = {
    ("ec2", "CreateVpc"): _tagged("DeleteVpc", "VpcId", "Vpcs", "Vpc"),
    ("ec2", "CreateSubnet"): _tagged("DeleteSubnet", "SubnetId", "Subnets", "Subnet"),
    ("ec2", "CreateSecurityGroup"): _tagged("DeleteSecurityGroup", "GroupId", "SecurityGroups"),
    ("ec2", "CreateRouteTable"): _tagged("DeleteRouteTable", "RouteTableId", "RouteTables", "RouteTable"),
    ("ec2", "CreateInternetGateway"): _tagged(
        "DeleteInternetGateway", "InternetGatewayId", "InternetGateways", "InternetGateway"
    ),
    ("ec2", "CreateFlowLogs"): Kind(
        (("DeleteFlowLogs", lambda _, answer: {"FlowLogIds": answer["FlowLogIds"]} if answer["FlowLogIds"] else None),),
        _flow_logs,
    ),
    ("ec2", "AllocateAddress"): _tagged("ReleaseAddress", "AllocationId", "Addresses"),
    ("ec2", "CreateNatGateway"): Kind(
        (("DeleteNatGateway", lambda _, answer: {"NatGatewayId": answer["NatGateway"]["NatGatewayId"]}),), _nat_gateways
    ),
    ("ec2", "CreateVpcEndpoint"): Kind(
        (("DeleteVpcEndpoints", lambda _, answer: {"VpcEndpointIds": [answer["VpcEndpoint"]["VpcEndpointId"]]}),),
        _endpoints,
    ),
    ("ec2", "AssociateRouteTable"): Kind(
        (("DisassociateRouteTable", lambda _, answer: {"AssociationId": answer["AssociationId"]}),), _associations
    ),
    ("ec2", "CreateRoute"): _by_name(_same("DeleteRoute", "RouteTableId", "DestinationCidrBlock")),
    ("ec2", "AttachInternetGateway"): _by_name(_same("DetachInternetGateway", "InternetGatewayId", "VpcId")),
    ("elbv2", "CreateLoadBalancer"): _balancing("DeleteLoadBalancer", "LoadBalancerArn", "LoadBalancers"),
    ("elbv2", "ModifyLoadBalancerAttributes"): Kind((("ModifyLoadBalancerAttributes", _unprotected),)),
    ("elbv2", "CreateTargetGroup"): _balancing("DeleteTargetGroup", "TargetGroupArn", "TargetGroups"),
    ("elbv2", "CreateListener"): Kind(
        (("DeleteListener", lambda _, answer: {"ListenerArn": answer["Listeners"][0]["ListenerArn"]}),), lambda *_: []
    ),
    ("elbv2", "CreateRule"): Kind(
        (("DeleteRule", lambda _, answer: {"RuleArn": answer["Rules"][0]["RuleArn"]}),), lambda *_: []
    ),
    ("ecs", "CreateCluster"): _by_name(("DeleteCluster", lambda request, _: {"cluster": request["clusterName"]})),
    ("ecs", "CreateService"): _by_name(
        (
            "DeleteService",
            lambda request, _: {"cluster": request["cluster"], "service": request["serviceName"], "force": True},
        )
    ),
    ("ecs", "RegisterTaskDefinition"): Kind(
        (
            (
                "DeregisterTaskDefinition",
                lambda _, answer: {"taskDefinition": answer["taskDefinition"]["taskDefinitionArn"]},
            ),
            (
                "DeleteTaskDefinitions",
                lambda _, answer: {"taskDefinitions": [answer["taskDefinition"]["taskDefinitionArn"]]},
            ),
        ),
        _revision,
    ),
    ("apigatewayv2", "CreateApi"): _api("DeleteApi", "ApiId", "get_apis"),
    ("apigatewayv2", "CreateVpcLink"): _api("DeleteVpcLink", "VpcLinkId", "get_vpc_links"),
    ("apigatewayv2", "CreateIntegration"): _part("DeleteIntegration", "IntegrationId"),
    ("apigatewayv2", "CreateRoute"): _part("DeleteRoute", "RouteId"),
    ("apigatewayv2", "CreateStage"): _by_name(_same("DeleteStage", "ApiId", "StageName")),
    ("lambda", "CreateFunction"): _by_name(_same("DeleteFunction", "FunctionName")),
    ("lambda", "PutFunctionEventInvokeConfig"): _by_name(_same("DeleteFunctionEventInvokeConfig", "FunctionName")),
    ("lambda", "AddPermission"): _by_name(_same("RemovePermission", "FunctionName", "StatementId")),
    ("iam", "CreateUser"): _by_name(_same("DeleteUser", "UserName")),
    ("iam", "CreateAccessKey"): Kind(
        (
            (
                "DeleteAccessKey",
                lambda request, answer: {
                    "UserName": request["UserName"],
                    "AccessKeyId": answer["AccessKey"]["AccessKeyId"],
                },
            ),
        ),
        _access_keys,
    ),
    ("iam", "CreateRole"): _by_name(_same("DeleteRole", "RoleName")),
    ("iam", "CreatePolicy"): Kind(
        (("DeletePolicy", lambda _, answer: {"PolicyArn": answer["Policy"]["Arn"]}),), _policies
    ),
    ("iam", "CreateOpenIDConnectProvider"): Kind(
        (
            (
                "DeleteOpenIDConnectProvider",
                lambda _, answer: {"OpenIDConnectProviderArn": answer["OpenIDConnectProviderArn"]},
            ),
        ),
        _providers,
    ),
    ("iam", "PutRolePolicy"): _by_name(_same("DeleteRolePolicy", "RoleName", "PolicyName")),
    ("iam", "AttachRolePolicy"): _by_name(_same("DetachRolePolicy", "RoleName", "PolicyArn")),
    ("logs", "CreateLogGroup"): _by_name(_same("DeleteLogGroup", "logGroupName")),
    ("logs", "CreateLogStream"): _by_name(_same("DeleteLogStream", "logGroupName", "logStreamName")),
    ("logs", "PutSubscriptionFilter"): _by_name(_same("DeleteSubscriptionFilter", "logGroupName", "filterName")),
    ("ssm", "PutParameter"): _by_name(_same("DeleteParameter", "Name")),
    ("codedeploy", "CreateApplication"): _by_name(_same("DeleteApplication", "applicationName")),
    ("codedeploy", "CreateDeploymentGroup"): _by_name(
        _same("DeleteDeploymentGroup", "applicationName", "deploymentGroupName")
    ),
    ("codedeploy", "CreateDeploymentConfig"): _by_name(_same("DeleteDeploymentConfig", "deploymentConfigName")),
    ("codedeploy", "CreateDeployment"): Kind(
        (("StopDeployment", lambda _, answer: {"deploymentId": answer["deploymentId"]}),), _deployments
    ),
    ("ecr", "CreateRepository"): _by_name(_same("DeleteRepository", "repositoryName", force=True)),
    ("ecr", "PutLifecyclePolicy"): _by_name(_same("DeleteLifecyclePolicy", "repositoryName")),
    ("s3", "CreateBucket"): _by_name(_same("DeleteBucket", "Bucket")),
    ("s3", "PutObject"): _by_name(_same("DeleteObject", "Bucket", "Key")),
    ("s3", "CreateMultipartUpload"): Kind(
        (("AbortMultipartUpload", lambda request, answer: request | {"UploadId": answer["UploadId"]}),), _uploads
    ),
    ("sns", "CreateTopic"): Kind(
        (("DeleteTopic", lambda _, answer: {"TopicArn": answer["TopicArn"]}),),
        lambda client, request, _: [
            item for item in client.list_topics()["Topics"] if item["TopicArn"].endswith(f":{request['Name']}")
        ],
    ),
    ("events", "PutRule"): _by_name(_same("DeleteRule", "Name")),
    ("events", "PutTargets"): _by_name(
        (
            "RemoveTargets",
            lambda request, _: {"Rule": request["Rule"], "Ids": [target["Id"] for target in request["Targets"]]},
        )
    ),
    ("application-autoscaling", "RegisterScalableTarget"): _by_name(
        _same("DeregisterScalableTarget", "ServiceNamespace", "ResourceId", "ScalableDimension")
    ),
    ("application-autoscaling", "PutScalingPolicy"): _by_name(
        _same("DeleteScalingPolicy", "PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")
    ),
    ("application-autoscaling", "PutScheduledAction"): _by_name(
        _same("DeleteScheduledAction", "ScheduledActionName", "ServiceNamespace", "ResourceId", "ScalableDimension")
    ),
    ("cloudwatch", "PutMetricAlarm"): _by_name(
        ("DeleteAlarms", lambda request, _: {"AlarmNames": [request["AlarmName"]]})
    ),
}
"""(botocore's service, operation that makes something) -> how it is removed."""

TAGGED = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateSecurityGroup": "security-group",
    "CreateRouteTable": "route-table",
    "CreateInternetGateway": "internet-gateway",
    "CreateFlowLogs": "vpc-flow-log",
    "AllocateAddress": "elastic-ip",
    "CreateNatGateway": "natgateway",
    "CreateVpcEndpoint": "vpc-endpoint",
}
"""EC2's operations that are given the run's tag, and what a tag specification calls what they make."""
