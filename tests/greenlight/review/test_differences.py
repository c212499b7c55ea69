"""Only what changes is shown, by meaning, and nothing that must not be read."""

import json
from typing import Any

import pytest

from greenlight.review.differences import differences
from tests.greenlight.review.plans import Json, change, expressions, plan

TASK = "aws_ecs_task_definition.api"


def shown(one: Json, **top: Any) -> list[tuple[str, str | None, str | None]]:
    whole = plan(one, **top)
    return [(found.path, found.before, found.after) for found in differences(whole.changes[0], whole)]


def containers(*definitions: Json) -> Json:
    return {"container_definitions": json.dumps(definitions)}


def test_only_the_argument_that_changes_is_shown() -> None:
    before = {"port": 80, "protocol": "HTTP", "health_check": [{"path": "/health", "interval": 5}]}
    after = {"port": 80, "protocol": "HTTP", "health_check": [{"path": "/ready", "interval": 5}]}

    assert shown(change("aws_lb_target_group.a", before, after)) == [("health_check.path", '"/health"', '"/ready"')]


@pytest.mark.parametrize("nothing", [None, "", [], {}, [{}]])
def test_null_and_empty_are_the_same_to_the_provider(nothing: Any) -> None:
    assert shown(change("aws_lb.a", {"name": "a", "x": nothing}, {"name": "a", "x": None})) == []


def test_one_element_of_a_list_is_shown_not_the_list() -> None:
    before, after = {"subnets": ["a", "b"]}, {"subnets": ["b", "c"]}

    assert shown(change("aws_lb.a", before, after)) == [("subnets[]", '"a"', None), ("subnets[]", None, '"c"')]


def test_an_embedded_document_is_compared_by_meaning() -> None:
    filled_in_by_aws = {
        "name": "api",
        "image": "api:1",
        "essential": True,
        "cpu": 0,
        "mountPoints": [],
        "systemControls": [],
        "portMappings": [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    }
    configured = {
        "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
        "image": "api:2",
        "name": "api",
        "portMappings": [{"containerPort": 3000}],
    }

    assert shown(change(TASK, containers(filled_in_by_aws), containers(configured))) == [
        ("container_definitions.api.image", '"api:1"', '"api:2"')
    ]


def test_variables_are_told_by_name_and_their_values_never() -> None:
    before = containers({"name": "api", "environment": [{"name": "GOES", "value": "1"}, {"name": "SAME", "value": ""}]})
    after = containers({"name": "api", "environment": [{"name": "NEW", "value": ""}, {"name": "SAME", "value": "x"}]})

    assert shown(change(TASK, before, after)) == [
        ("container_definitions.api.environment.GOES", "(hidden)", None),
        ("container_definitions.api.environment.NEW", None, '""'),
        ("container_definitions.api.environment.SAME", "(hidden)", "(hidden)"),
    ]


def test_a_secret_is_told_by_its_name_and_arn() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db"
    before, after = (
        containers({"name": "api"}),
        containers({"name": "api", "secrets": [{"name": "DB", "valueFrom": arn}]}),
    )

    assert shown(change(TASK, before, after)) == [("container_definitions.api.secrets.DB.valueFrom", None, f'"{arn}"')]


def test_json_in_a_functions_variable_is_not_opened() -> None:
    before, after = (
        {"environment": [{"variables": {"CHECKS": json.dumps([{"path": path}])}}]} for path in ("/a", "/b")
    )

    assert shown(change("aws_lambda_function.f", before, after)) == [
        ("environment.variables.CHECKS", "(hidden)", "(hidden)")
    ]


def test_statements_of_a_policy_are_told_by_sid_and_their_parts_are_sets() -> None:
    before = {"Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["b", "a"]}]}
    after = {
        "Statement": {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["a", "b"],
        }
    }

    assert shown(change("aws_iam_role_policy.a", {"policy": json.dumps(before)}, {"policy": json.dumps(after)})) == [
        ("policy.Statement.Read.Action[]", None, '"s3:PutObject"')
    ]


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
@pytest.mark.parametrize("mask", [True, {"x": True}, {"x": {"deep": True}}])
def test_a_mask_on_either_side_at_any_ancestor_hides_the_value(side: str, mask: Any) -> None:
    one = change("aws_x.a", {"x": {"deep": "tiger"}}, {"x": {"deep": "lily"}}, **{side: mask})

    assert [found[1:] for found in shown(one)] == [("(sensitive)", "(sensitive)")]


def test_of_a_set_with_one_masked_element_none_is_shown() -> None:
    one = change("aws_x.a", {"x": ["tiger", "b"]}, {"x": ["b", "lily"]}, after_sensitive={"x": [False, True]})

    assert shown(one) == [("x", "(sensitive)", "(sensitive)")]


def test_of_masked_containers_the_names_of_what_changes_are_shown() -> None:
    before = containers({"name": "api", "image": "api:1", "environment": [{"name": "A", "value": "tiger"}]})
    after = containers({"name": "api", "image": "api:2", "environment": [{"name": "A", "value": "lily"}]})
    one = change(TASK, before, after, after_sensitive={"container_definitions": True})

    assert shown(one) == [
        ("container_definitions.api.environment.A", "(sensitive)", "(sensitive)"),
        ("container_definitions.api.image", "(sensitive)", "(sensitive)"),
    ]


def test_an_unknown_value_is_named_by_what_it_comes_from() -> None:
    address = "aws_lb_listener.prod"
    one = change(address, {"load_balancer_arn": "arn:old"}, {}, unknown={"load_balancer_arn": True})
    configuration = {address: expressions(load_balancer_arn="aws_lb.main.arn aws_lb.main")}

    assert shown(one, configuration=configuration) == [
        ("load_balancer_arn", '"arn:old"', "(known after apply, from aws_lb.main.arn)")
    ]


def test_what_aws_computes_is_not_shown_where_it_is_not_configured() -> None:
    one = change("aws_lb.main", {"name": "a", "arn": "arn:old"}, {"name": "b"}, unknown={"arn": True})
    configuration = {"aws_lb.main": {"name": {"constant_value": "b"}}}

    assert shown(one, configuration=configuration) == [("name", '"a"', '"b"')]


def test_what_forces_a_replacement_is_marked() -> None:
    before, after = (
        {"name": "a", "deployment_controller": [{"type": "ECS"}]},
        {"name": "b", "deployment_controller": [{}]},
    )
    one = change(
        "aws_ecs_service.a", before, after, ["delete", "create"], replace_paths=[["deployment_controller", 0, "type"]]
    )
    whole = plan(one)

    assert [(found.path, found.forces) for found in differences(whole.changes[0], whole)] == [
        ("deployment_controller.type", True),
        ("name", False),
    ]


def test_all_tags_are_told_once() -> None:
    before = {"tags": {"a": "1"}, "tags_all": {"a": "1", "team": "x"}}
    after = {"tags": {"a": "2"}, "tags_all": {"a": "2", "team": "x"}}

    assert shown(change("aws_lb.a", before, after)) == [("tags.a", '"1"', '"2"')]


def test_of_a_text_of_several_lines_only_those_that_differ_are_shown() -> None:
    assert shown(change("aws_x.a", {"body": "one\ntwo\nthree"}, {"body": "one\n2\nthree"})) == [
        ("body", '"two"', '"2"')
    ]


def test_an_element_that_is_only_a_name_is_told_too() -> None:
    before, after = ({"target_group": [{"name": "blue"}, {"name": second}]} for second in ("green", "web"))

    assert shown(change("aws_codedeploy_deployment_group.a", before, after)) == [
        ("target_group.green", "{}", None),
        ("target_group.web", None, "{}"),
    ]


def test_definitions_that_turn_unknown_keep_the_values_of_their_environment_to_themselves() -> None:
    before = containers({"name": "api", "image": "x", "environment": [{"name": "A", "value": "tiger-lily"}]})

    assert shown(change(TASK, before, {}, unknown={"container_definitions": True})) == [
        ("container_definitions", '{"api": {"image": "x", "environment": {"A": "(hidden)"}}}', "(known after apply)")
    ]


def test_a_line_of_a_key_is_no_line_to_show() -> None:
    before, after = (f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END" for line in ("tiger", "lily"))

    assert shown(change("aws_x.a", {"pem": before}, {"pem": after})) == [("pem", "(hidden)", "(hidden)")]


def test_a_key_that_is_a_secret_names_no_element() -> None:
    before, after = ({"keys": [{"key": "tiger"}, {"key": last}]} for last in ("lily", "rose"))

    assert shown(change("aws_x.a", before, after)) == [("keys.key", "(hidden)", "(hidden)")]


def test_a_variable_that_has_the_form_of_a_secret_is_not_named() -> None:
    name = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"

    assert shown(change("aws_x.a", {"m": {name: 1}}, {"m": {}})) == [("m.(hidden)", "1", None)]
