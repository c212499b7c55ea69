"""What is marked as sensitive in one place is hidden in every other."""

import json
from typing import Any

import pytest

from greenlight.review import assess, read
from greenlight.review.findings import Review
from greenlight.review.render import document as rendered
from tests.greenlight.review.plans import TARGETS, Json, around, change, document, expressions, review

SECRET = "tiger-lily"


def told(found: Review) -> str:
    return json.dumps(rendered.document([found]))


@pytest.mark.parametrize(
    ("changes", "top"),
    [
        ([change("aws_x.a", {"a": SECRET, "b": SECRET}, {"a": "1", "b": "2"}, before_sensitive={"a": True})], {}),
        (
            [
                change("aws_x.a", {"a": f"x:{SECRET}@y"}, {"a": "1"}),
                change("aws_x.b", None, {"a": SECRET}, after_sensitive=True),
            ],
            {},
        ),
        (
            [
                change(
                    "aws_x.a",
                    {"tags": {"A": "b"}, "tags_all": {"A": "b", "D": "e"}},
                    {"tags": {"A": SECRET}, "tags_all": {"A": SECRET, "D": "f"}},
                    after_sensitive={"tags": {"A": True}},
                )
            ],
            {},
        ),
        (
            [change("aws_x.a", {"a": SECRET}, {"a": "1"})],
            {
                "variables": {"v": {"value": SECRET}},
                "configuration": {"root_module": {"variables": {"v": {"sensitive": True}}}},
            },
        ),
        ([change("aws_apigatewayv2_route.a", {"route_key": SECRET}, {"route_key": "b"}, before_sensitive=True)], {}),
        (
            around(
                change(
                    "aws_lb_target_group.blue",
                    TARGETS["blue"] | {"name": SECRET},
                    TARGETS["blue"],
                    ["delete", "create"],
                    before_sensitive={"name": True},
                )
            ),
            {},
        ),
    ],
    ids=["beside it", "in another resource", "all tags", "a variable", "a sentence about a route", "about a group"],
)
def test_it_is_nowhere(changes: list[Json], top: dict[str, Any]) -> None:
    found = assess.review(read.plan(document(*changes) | top, "dev"))

    assert (*found.findings, *found.quiet) != ()
    assert SECRET not in told(found)


def test_addresses_stay_and_so_do_other_words() -> None:
    found = review(change("aws_x.tiger-lily", {"a": SECRET, "b": "tiger-lilyX"}, {}, before_sensitive={"a": True}))

    (finding,) = found.findings
    assert finding.address == "aws_x.tiger-lily"
    assert [(one.path, one.before) for one in finding.differences] == [("a", "(sensitive)"), ("b", '"tiger-lilyX"')]


def test_a_policy_document_with_a_mark_is_not_told_in_place_of_what_is_unknown() -> None:
    statement = {"actions": ["a"], "condition": [{"test": "StringEquals", "variable": "a:b", "values": ["lily"]}]}
    policy = "data.aws_iam_policy_document.d"
    source = change(
        policy,
        None,
        {"statement": [statement]},
        ["read"],
        after_sensitive={"statement": [{"condition": [{"values": True}]}]},
        unknown={"json": True},
        mode="data",
    )
    role = change("aws_iam_role_policy.p", {"policy": "{}"}, {}, unknown={"policy": True})

    found = review(source, role, configuration={"aws_iam_role_policy.p": expressions(policy=f"{policy}.json")})

    assert "lily" not in told(found)


def test_what_a_check_says_is_hidden_where_it_has_the_form_of_a_secret() -> None:
    check = {"address": {"kind": "check", "to_display": "check.x"}, "status": "fail"}
    problems = [{"message": f"password={SECRET}"}, {"message": "no answer"}]

    found = review(checks=[check | {"instances": [{"problems": problems}]}])

    assert SECRET not in told(found)
    assert "(hidden); no answer" in found.notes[0]
