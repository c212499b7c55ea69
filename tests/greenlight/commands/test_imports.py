"""What a plan would create and AWS has already, and only this environment's. All types, for real: tests/state."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from greenlight import __main__ as cli
from greenlight.aws import Session
from greenlight.commands import imports
from greenlight.context import Result
from greenlight.review import read

DEV = {"greenlight:environment": "dev", "managed-by": "terraform"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def resource(address: str, refers: dict[str, str] | None = None, **after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a plan: what is known of a resource that it creates, and what its other arguments refer to."""
    kind, name = address.split(".")
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {}}
    expressions = {argument: {"references": [to, to.rpartition(".")[0]]} for argument, to in (refers or {}).items()}
    return (
        {"address": address, "type": kind, "name": name, "mode": "managed", "change": change},
        {"address": address, "mode": "managed", "type": kind, "name": name, "expressions": expressions},
    )


def document(*resources: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    constant = {"region": {"constant_value": "us-east-1"}}
    provider = {"full_name": "registry.terraform.io/hashicorp/aws", "expressions": constant}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "resource_changes": [change for change, _ in resources],
        "configuration": {
            "provider_config": {"aws": provider},
            "root_module": {"resources": [configured for _, configured in resources]},
        },
    }


def found(*resources: tuple[dict[str, Any], dict[str, Any]]) -> Result:
    return imports.run(read.plan(document(*resources), "the plan"), Session(region="us-east-1"))


def made_vpc(name: str, tags: dict[str, str]) -> str:
    listed = [{"Key": key, "Value": value} for key, value in {"Name": name, **tags}.items()]
    specification = [{"ResourceType": "vpc", "Tags": listed}]
    return str(client("ec2").create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification)["Vpc"]["VpcId"])


VPC = resource("aws_vpc.main", tags_all={"Name": "dev", **DEV}, cidr_block="10.0.0.0/16")
SUBNET = resource(
    "aws_subnet.one", {"vpc_id": "aws_vpc.main.id"}, tags_all={"Name": "one", **DEV}, cidr_block="10.0.6.0/24"
)
ROLE = resource("aws_iam_role.task", name="dev-api-task", tags_all=DEV)
GROUP = resource("aws_security_group.tasks", {"vpc_id": "aws_vpc.main.id"}, tags_all={"Name": "dev-api-tasks", **DEV})


def test_where_nothing_is_there_nothing_is_imported() -> None:
    result = found(VPC, SUBNET, ROLE)

    assert (result.exit_code, result.text) == (0, "")
    assert result.document["summary"] == "of 3 resources that the plan makes, AWS has 0 already"


def test_what_is_there_becomes_an_import_block() -> None:
    vpc = made_vpc("dev", DEV)

    assert found(VPC, ROLE).text == f'import {{\n  to = aws_vpc.main\n  id = "{vpc}"\n}}'


def test_what_belongs_to_something_is_looked_for_in_it() -> None:
    vpc, other = made_vpc("dev", DEV), made_vpc("prod", {"greenlight:environment": "prod"})
    ids = {}
    for one in (vpc, other):
        subnet = client("ec2").create_subnet(VpcId=one, CidrBlock="10.0.6.0/24")["Subnet"]["SubnetId"]
        client("ec2").create_tags(Resources=[subnet], Tags=[{"Key": key, "Value": DEV[key]} for key in DEV])
        ids[one] = subnet

    result = found(SUBNET, VPC)

    assert result.document["imports"] == [{"to": "aws_subnet.one", "id": ids[vpc]}, {"to": "aws_vpc.main", "id": vpc}]


def test_what_has_another_environments_tag_is_not_imported() -> None:
    client("iam").create_role(
        RoleName="dev-api-task",
        AssumeRolePolicyDocument=TRUST,
        Tags=[{"Key": "greenlight:environment", "Value": "other"}],
    )

    result = found(ROLE)

    assert (result.exit_code, result.text) == (2, "")
    assert result.document["unclear"] == [
        "aws_iam_role.task: dev-api-task has not the tag greenlight:environment that the plan gives it: it may be "
        "somebody else's, so look first"
    ]


def test_a_plan_without_the_tag_imports_nothing_that_has_tags() -> None:
    client("iam").create_role(RoleName="dev-api-task", AssumeRolePolicyDocument=TRUST)

    assert found(resource("aws_iam_role.task", name="dev-api-task")).document["imports"] == []


def test_of_two_that_match_none_is_imported() -> None:
    both = sorted([made_vpc("dev", DEV), made_vpc("dev", DEV)])

    result = found(VPC, SUBNET)

    assert (result.exit_code, result.text) == (2, "")
    (unclear,) = result.document["unclear"]
    assert sorted(unclear.removeprefix("aws_vpc.main: 2 match: ").partition(".")[0].split(", ")) == both


def test_a_group_that_still_lets_everything_out_is_not_imported_before_that_is_mended() -> None:
    vpc = made_vpc("dev", DEV)
    tags = [{"Key": key, "Value": value} for key, value in {"Name": "dev-api-tasks", **DEV}.items()]
    ec2 = client("ec2")
    group = ec2.create_security_group(
        GroupName="dev-api-tasks",
        Description="Tasks",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    (rule,) = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]

    before = found(VPC, GROUP)
    ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    after = found(VPC, GROUP)

    assert before.document["imports"] == [{"to": "aws_vpc.main", "id": vpc}]
    assert before.document["unclear"] == [
        f"aws_security_group.tasks: {group} lets everything out still, as EC2 has made it. Take that rule out, then "
        "look again: aws ec2 revoke-security-group-egress --region us-east-1 "
        f"--group-id {group} --security-group-rule-ids {rule['SecurityGroupRuleId']}"
    ]
    assert after.document["imports"][1:] == [{"to": "aws_security_group.tasks", "id": group}]


def test_what_is_left_of_an_earlier_replacement_is_named() -> None:
    gateway = client("apigatewayv2")
    old, new = (gateway.create_vpc_link(Name="dev-vpc-link", SubnetIds=["s"], Tags=DEV)["VpcLinkId"] for _ in range(2))
    change, configured = resource("aws_apigatewayv2_vpc_link.link", name="dev-vpc-link", tags_all=DEV)
    change["change"] |= {"actions": ["create", "delete"], "before": {"id": old}}

    result = found((change, configured))

    assert (result.exit_code, result.text) == (2, "")
    assert result.document["unclear"] == [
        f"aws_apigatewayv2_vpc_link.link: {new} is left of an earlier try to replace it. Once this plan is "
        "applied, nothing uses it: delete it then"
    ]


def test_what_is_imported_already_stays_so() -> None:
    vpc = made_vpc("dev", DEV)
    change, configured = resource("aws_vpc.main", tags_all={"Name": "dev", **DEV})
    change["change"] |= {"actions": ["no-op"], "before": change["change"]["after"], "importing": {"id": vpc}}

    assert found((change, configured)).document["imports"] == [{"to": "aws_vpc.main", "id": vpc}]


def test_what_a_creation_overwrites_is_not_looked_for() -> None:
    result = found(resource("aws_cloudwatch_metric_alarm.errors", alarm_name="dev-api-blue-errors", tags_all=DEV))

    assert (result.exit_code, result.document["unclear"]) == (0, [])


def test_a_type_that_is_not_known_is_named() -> None:
    result = found(resource("aws_s3_bucket.files", bucket="files"))

    assert (result.exit_code, result.document["unclear"]) == (
        2,
        ["aws_s3_bucket.files: not looked for, because greenlight does not know how to find its type"],
    )


def test_blocks_go_to_stdout_and_what_a_person_has_to_know_to_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vpc = made_vpc("dev", DEV)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document(VPC, ROLE)))
    monkeypatch.setattr(sys, "argv", ["greenlight", "imports", str(file)])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    printed = capsys.readouterr()
    assert ended.value.code == 0
    assert printed.out == f'import {{\n  to = aws_vpc.main\n  id = "{vpc}"\n}}\n'
    assert printed.err == "of 2 resources that the plan makes, AWS has 1 already\n"


def test_a_release_manifest_is_made_anew_because_its_import_would_never_settle() -> None:
    tags = [{"Key": key, "Value": value} for key, value in DEV.items()]
    client("ssm").put_parameter(Name="/greenlight/dev/api", Type="String", Value="{}", Tags=tags)

    result = found(resource("aws_ssm_parameter.manifest", name="/greenlight/dev/api", tags_all=DEV))

    assert (result.exit_code, result.text) == (2, "")
    assert result.document["unclear"] == [
        "aws_ssm_parameter.manifest: /greenlight/dev/api cannot be imported for good. Delete it, then look again; the "
        "deploy makes it anew, and until then greenlight does not find the service: aws ssm delete-parameter --region "
        "us-east-1 --name /greenlight/dev/api"
    ]


def test_nobody_is_told_to_delete_somebody_elses_parameter() -> None:
    client("ssm").put_parameter(Name="/greenlight/dev/api", Type="String", Value="{}")

    (unclear,) = found(resource("aws_ssm_parameter.manifest", name="/greenlight/dev/api", tags_all=DEV)).document[
        "unclear"
    ]

    assert "delete" not in unclear
