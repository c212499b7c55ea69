"""What is hidden though nothing marks it; and what is not."""

import json

import pytest

from greenlight.review.secrets import HIDDEN, concealed, is_secret

# Built from parts, so that nobody's scanner takes this file for a leak.
AWS_KEY = "AKIA" + "Q3EGRKVUT7" + "2XIMNP"
AWS_SECRET = "wJalrXUtnFEMI/" + "K7MDENG/" + "bPxRfiCYzzzzzzKEY1"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".dozjgNryP4J3jVmNHl0w5N"
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
PEM = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQ"


@pytest.mark.parametrize(
    "text",
    [
        *(AWS_KEY, AWS_SECRET, JWT, GITHUB, PEM),
        "postgres://admin:hunter2@db.internal/app",
        "https://token@example.com/x",
        "Authorization: Bearer abcdef123456",
        "password=hunter22",
        '{"api_key": "tiger-42"}',
        "https://bucket/x?X-Amz-Signature=abc",
        "xoxb-" + "123456789012-abcdefABCDEF",
        "export DB_PASSWORD=tiger-lily",
        "mysql --password tiger-lily",
        "curl -u admin:tiger-lily https://x",
        "X-Api-Key: tiger-lily",
        "client_secret: tiger-lily",
        "db_password: |\n  tiger-lily",
        "AccountKey=tiger-lily",
        "https://hooks.slack.com/services/" + "T0/B0/x",
        "postgres://admin:tiger/lily@db",
        '{"a": "{\\"password\\": \\"tiger-lily\\"}"}',
        '[{"environment": [{"name": "A", "value": "tiger-lily"',  # cut off
        "a word " * 20_000,  # nobody looks through it
        "services:\n  environment:\n    A: tiger-lily",
    ],
)
def test_what_has_the_form_of_a_secret_is_hidden_wherever_it_stands(text: str) -> None:
    assert is_secret(("description",), text)


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "PASSWORD",
        "secret",
        "client_secret",
        "token",
        "authToken",
        "API_KEY",
        "apikey",
        "credential",
        "private_key",
        "key",
        "authorization",
        "signing_key",
        "passphrase",
        "cookie",
        "connection_string",
    ],
)
def test_what_is_called_a_secret_is_hidden(name: str) -> None:
    assert is_secret(("settings", name), "tiger")


@pytest.mark.parametrize(
    "path",
    [
        ("container_definitions", "api", "environment", "LOG_LEVEL"),
        ("environment", "variables", "CHECKS"),
        ("stage_variables", "environment", "x"),
        ("stage_variables", "x"),
        ("env", "A"),
        ("runtime_environment_variables", "A"),
        ("Environment", "Value"),
        ("container_definitions", "api", "environment[]"),
        ("container_definitions", "secrets", "environment", "A"),
        ("condition", "http_header", "values"),
        ("request_parameters", "append:header.x-origin-verify"),
        ("Condition", "StringEquals", "aws:Referer"),
        ("Condition", "StringEquals", "sts:ExternalId"),
        ("user_data",),
    ],
)
def test_values_of_environments_are_hidden_whatever_they_are(path: tuple[str, ...]) -> None:
    assert is_secret(path, "info")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("route_key",), "GET /one"),
        (("deployment_config_name",), "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"),
        (("kms_key_id",), "alias/logs"),
        (("secret_arn",), "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"),
        (("container_definitions", "api", "secrets", "DB"), "arn:aws:ssm:us-east-1:123456789012:parameter/db"),
        (("source_code_hash",), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        (("image",), "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "0123456789abcdef" * 4),
        (("vpc_id",), "vpc-0123456789abcdef0"),
        (("description",), "Lets CodeDeploy release dev-api"),
        (("target_group_arn",), "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/Dev-Api/73e2d6bc24d8a067"),
        (("Condition", "StringLike", "token.actions.githubusercontent.com:sub"), "repo:o/n:pull_request"),
        (("tags", "environment"), "production"),
        (("policy_arn",), "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"),
        (("condition", "http_header", "http_header_name"), "X-Origin-Verify"),
        (("Action",), "secretsmanager:GetSecretValue"),
        (("command",), "serve --port 8080"),
        (("uuid",), "d9428888-122b-11e1-b85c-61cd3cbb3210"),
    ],
)
def test_what_a_reviewer_needs_is_shown(path: tuple[str, ...], text: str) -> None:
    assert not is_secret(path, text)


def test_a_value_of_many_parts_loses_only_its_secrets() -> None:
    value = {"name": "api", "environment": {"MODE": "fast", "N": 1}, "links": [AWS_KEY, "other"], "on": True}

    assert concealed(("x",), value) == {
        "name": "api",
        "environment": {"MODE": HIDDEN, "N": HIDDEN},
        "links": [HIDDEN, "other"],
        "on": True,
    }


def test_json_in_a_text_loses_only_its_secrets() -> None:
    text = json.dumps([{"name": "api", "cpu": 256, "environment": [{"name": "A", "value": "tiger-lily"}]}])

    assert concealed(("container_definitions",), text) == {"api": {"cpu": 256, "environment": {"A": HIDDEN}}}


def test_the_value_of_an_option_is_hidden_as_a_word_of_its_own() -> None:
    command = ["serve", "--password", "tiger-lily", "--port", "80"]

    assert concealed(("command",), command) == ["serve", "--password", HIDDEN, "--port", "80"]
