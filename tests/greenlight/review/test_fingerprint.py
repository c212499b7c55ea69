"""Two plans have the same fingerprint if applying them does the same, and a secret cannot be guessed from it."""

import json
from copy import deepcopy
from typing import Any

import pytest

from greenlight.errors import RefusedError
from greenlight.review.fingerprint import fingerprint, is_keyed, key_of, left_out
from tests.plans import recorded

KEY = b"a key of sixteen and more"
BUCKET = "aws_s3_bucket.state"
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject"}]}


def change(address: str, actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": {}}
    change |= {"before_sensitive": {}, "after_sensitive": {}}
    kind, name = address.split(".")
    found = {"address": address, "mode": "managed", "type": kind, "name": name, "change": change}
    for key, value in more.items():
        (change if key in CHANGE_KEYS else found)[key] = value
    return found


CHANGE_KEYS = ("after_unknown", "before_sensitive", "after_sensitive", "replace_paths", "importing")


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    provider: dict[str, Any] = {
        "name": "aws",
        "full_name": "registry.terraform.io/hashicorp/aws",
        "version_constraint": "~> 5.100.0",
    }
    provider |= {"expressions": {"region": {"constant_value": "us-east-1"}}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-11-26T10:00:00Z",
        "resource_changes": list(changes),
        "configuration": {"provider_config": {"aws": provider}, "root_module": {}},
        **more,
    }


def update(**values: Any) -> dict[str, Any]:
    before = {"id": "state", "bucket": "state", "tags": {"team": "a"}, "policy": json.dumps(POLICY), "days": 3}
    return change(BUCKET, ["update"], before, before | {"tags": {"team": "b"}} | values)


ROLE = change("aws_iam_role.task", ["create"], None, {"name": "task", "path": "/"}, after_unknown={"arn": True})
UNTOUCHED = change("aws_vpc.main", ["no-op"], {"id": "vpc-1", "tags": {}}, {"id": "vpc-1", "tags": {}})
PLAN = plan(UNTOUCHED, update(), ROLE)
SAME = {
    "made later": plan(UNTOUCHED, update(), ROLE, timestamp="2026-11-27T10:00:00Z"),
    "in another order": plan(ROLE, update(), UNTOUCHED),
    "without what stays as it is": plan(update(), ROLE),
    "with more that stays as it is": plan(
        UNTOUCHED, change("aws_eip.a", ["no-op"], {"id": "1"}, {"id": "1"}), update(), ROLE
    ),
    "with other values of what stays as it is": plan(
        change("aws_vpc.main", ["no-op"], {"id": "vpc-1", "tags": None}, {"id": "vpc-1", "tags": None}), update(), ROLE
    ),
    "with drift that nothing rests on": plan(
        UNTOUCHED, update(), ROLE, resource_drift=[change("aws_vpc.main", ["update"], {"dns": None}, {"dns": True})]
    ),
    "with drift of a secret that nothing rests on": plan(
        UNTOUCHED,
        update(),
        ROLE,
        resource_drift=[change("aws_db_instance.a", ["update"], {"password": "a"}, {"password": "b"})],
    ),
    "with an object gone that nothing rests on": plan(
        UNTOUCHED, update(), ROLE, resource_drift=[change("aws_eip.a", ["delete"], {"id": "a"}, None)]
    ),
    "with checks that say something else": plan(UNTOUCHED, update(), ROLE, checks=[{"status": "fail"}]),
    "with another order of keys in an object": plan(UNTOUCHED, dict(reversed(update().items())), ROLE),
    "with an output that stays as it is": plan(
        UNTOUCHED, update(), ROLE, output_changes={"url": {"actions": ["no-op"], "before": "a", "after": "a"}}
    ),
}


@pytest.mark.parametrize("how", SAME)
def test_what_applies_the_same_has_the_same_fingerprint(how: str) -> None:
    assert fingerprint(SAME[how], None) == fingerprint(PLAN, None)
    assert fingerprint(SAME[how], KEY) == fingerprint(PLAN, KEY)


def test_the_order_of_keys_in_json_texts_means_nothing() -> None:
    turned = {key: POLICY[key] for key in reversed(POLICY)}
    first, second = ({**POLICY, "Id": "b"}, {"Id": "b", **turned})

    assert json.dumps(first) != json.dumps(second)
    assert fingerprint(plan(update(policy=json.dumps(first))), None) == fingerprint(
        plan(update(policy=json.dumps(second, indent=2))), None
    )


def with_(**more: Any) -> dict[str, Any]:
    return plan(UNTOUCHED, update(), ROLE, **more)


def configured(**provider: Any) -> dict[str, Any]:
    found = deepcopy(PLAN)
    found["configuration"]["provider_config"]["aws"] |= provider
    return found


REPLACED = change(BUCKET, ["delete", "create"], update()["change"]["before"], update()["change"]["after"])
LISTENER = {"id": "l", "port": 80}
RUNS = [{"type": "local-exec", "expressions": {"command": {"constant_value": "true"}}}]
OTHER = {
    "another value": plan(UNTOUCHED, update(tags={"team": "c"}), ROLE),
    "another number that reads the same": plan(UNTOUCHED, update(tags={"team": 1}), ROLE),
    "one value more": plan(UNTOUCHED, update(days=4), ROLE),
    "another text in JSON": plan(UNTOUCHED, update(policy=json.dumps(POLICY).replace("s3:GetObject", "s3:*")), ROLE),
    "a key twice in JSON": plan(UNTOUCHED, update(policy='{"Effect":"Deny","Effect":"Allow"}'), ROLE),
    "a key once in JSON": plan(UNTOUCHED, update(policy='{"Effect":"Allow"}'), ROLE),
    "a value that is not known yet": plan(
        UNTOUCHED,
        update() | {},
        change("aws_iam_role.task", ["create"], None, {"path": "/"}, after_unknown={"arn": True, "name": True}),
    ),
    "one change more": plan(change("aws_vpc.main", ["delete"], {"id": "vpc-1"}, None), update(), ROLE),
    "one change less": plan(UNTOUCHED, update()),
    "replaced instead of changed": plan(UNTOUCHED, REPLACED, ROLE),
    "made before the old one is deleted": plan(
        UNTOUCHED, REPLACED | {"change": REPLACED["change"] | {"actions": ["create", "delete"]}}, ROLE
    ),
    "deleted instead of forgotten": plan(UNTOUCHED, update(), ROLE, change("aws_eip.a", ["delete"], {"id": "1"}, None)),
    "forgotten instead of deleted": plan(UNTOUCHED, update(), ROLE, change("aws_eip.a", ["forget"], {"id": "1"}, None)),
    "another reason": plan(UNTOUCHED, update(), ROLE | {"action_reason": "replace_because_tainted"}),
    "moved": plan(UNTOUCHED | {"previous_address": "aws_vpc.old"}, update(), ROLE),
    "imported": plan(change("aws_vpc.main", ["no-op"], {}, {}, importing={"id": "vpc-1"}), update(), ROLE),
    "of a left-over": plan(UNTOUCHED, update() | {"deposed": "0a1b2c3d"}, ROLE),
    "replaced for a value": plan(
        UNTOUCHED, REPLACED | {"change": REPLACED["change"] | {"replace_paths": [["bucket"]]}}, ROLE
    ),
    "a value that stays": plan(change(BUCKET, ["update"], {"a": 1, "b": 1}, {"a": 2, "b": 1})),
    "a value that goes": plan(change(BUCKET, ["update"], {"a": 1, "b": 1}, {"a": 2})),
    "an object in a text": plan(UNTOUCHED, update(policy='{"a":1}'), ROLE),
    "an object that is no text": plan(UNTOUCHED, update(policy={"a": 1}), ROLE),
    "a left-over too": plan(UNTOUCHED, update(), ROLE, update() | {"deposed": "0a1b2c3d"}),
    "the same change of another object": plan(
        UNTOUCHED,
        change(BUCKET, ["update"], {"id": "other", "tags": {"team": "a"}}, {"id": "other", "tags": {"team": "b"}}),
        ROLE,
    ),
    "an output": with_(output_changes={"url": {"actions": ["update"], "before": "a", "after": "b"}}),
    "another output": with_(output_changes={"url": {"actions": ["update"], "before": "a", "after": "c"}}),
    "drift that a change rests on": with_(
        resource_drift=[change("aws_vpc.main", ["update"], {"cidr": "a"}, {"cidr": "b"})],
        relevant_attributes=[{"resource": "aws_vpc.main", "attribute": ["cidr"]}],
    ),
    "another Terraform": with_(terraform_version="1.12.0"),
    "another constraint of a provider": configured(version_constraint="~> 6.0"),
    "another region": configured(expressions={"region": {"constant_value": "eu-west-1"}}),
    "a part of a plan": with_(errored=True),
    "a plan for some resources": with_(complete=False),
    "a provisioner": with_(
        configuration=PLAN["configuration"]
        | {"root_module": {"resources": [{"address": BUCKET, "provisioners": RUNS}]}}
    ),
    "a provisioner in a module": with_(
        configuration=PLAN["configuration"]
        | {
            "root_module": {
                "module_calls": {"m": {"module": {"resources": [{"address": BUCKET, "provisioners": RUNS}]}}}
            }
        }
    ),
    "a change that is deferred": with_(
        deferred_changes=[{"reason": "instance_count_unknown", "resource_change": update()}]
    ),
    "an action of a provider": with_(action_invocations=[{"address": "action.a.b", "config_values": {"x": 1}}]),
    "another argument of an action": with_(action_invocations=[{"address": "action.a.b", "config_values": {"x": 2}}]),
    "refresh only": {key: value for key, value in PLAN.items() if key != "resource_changes"},
    "refresh only, with drift": {
        **{key: value for key, value in PLAN.items() if key != "resource_changes"},
        "resource_drift": [change("aws_vpc.main", ["update"], {"cidr": "a"}, {"cidr": "b"})],
    },
}


@pytest.mark.parametrize("key", [None, KEY])
def test_what_applies_something_else_has_another_fingerprint(key: bytes | None) -> None:
    found = {how: fingerprint(other, key) for how, other in (OTHER | {"as it was": PLAN}).items()}

    assert len(set(found.values())) == len(found)


def changes(document: Any) -> list[tuple[str, Any, Any]]:
    """What a real plan changes, and to what. Of an object that stays, only what differs."""
    found = [(one["address"], one["change"]) for one in document.get("resource_changes", [])]
    return [(address, one["actions"], _after(one)) for address, one in found if one["actions"] != ["no-op"]]


def _after(one: Any) -> Any:
    if one["actions"] != ["update"]:
        return one["after"]
    return {key: value for key, value in one["after"].items() if value != one["before"].get(key)}


def test_real_plans_with_the_same_fingerprint_change_the_same() -> None:
    known: dict[str, Any] = {}
    for label in recorded.labels():
        document = json.loads(recorded.load(label.plan))
        found = changes(document)
        assert (label.plan, known.setdefault(fingerprint(document, KEY), found)) == (label.plan, found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stack/no-change", "stack/released-green"),
        ("public/codedeploy-two-listeners/more-memory", "public/codedeploy-two-listeners/more-memory-after-a-release"),
    ],
)
def test_a_release_changes_no_fingerprint_since_what_is_live_is_compared_by_itself(before: str, after: str) -> None:
    first, second = (json.loads(recorded.load(plan)) for plan in (before, after))

    assert fingerprint(first, KEY) == fingerprint(second, KEY)


SECRET = change(
    "aws_db_instance.main",
    ["update"],
    {"id": "db", "password": "old", "name": "a"},
    {"id": "db", "password": "new", "name": "a"},
    before_sensitive={"password": True},
    after_sensitive={"password": True},
)


def with_secret(after: str, **masks: Any) -> dict[str, Any]:
    found = deepcopy(SECRET)
    found["change"]["after"]["password"] = after
    found["change"] |= masks
    return plan(found)


@pytest.mark.parametrize(
    "masks",
    [
        {},
        {"before_sensitive": True, "after_sensitive": False},  # of everything, on one side
        {"before_sensitive": False, "after_sensitive": True},
        {"before_sensitive": {}, "after_sensitive": {}},  # by its name alone
    ],
)
def test_a_secret_makes_a_difference_under_a_key_only(masks: dict[str, Any]) -> None:
    one, other = with_secret("hunter2", **masks), with_secret("hunter3", **masks)

    assert fingerprint(one, None) == fingerprint(other, None)
    assert left_out(fingerprint(one, None)) > 0
    assert fingerprint(one, KEY) != fingerprint(other, KEY)
    assert fingerprint(one, KEY) != fingerprint(one, b"another key of sixteen or more")


def test_that_a_secret_changes_is_seen_without_a_key_too() -> None:
    assert fingerprint(with_secret("new"), None) != fingerprint(with_secret("old"), None)


def test_that_a_secret_of_something_replaced_changes_is_seen_too() -> None:
    def replaced(after: str) -> dict[str, Any]:
        found = deepcopy(SECRET)
        found["change"] |= {"actions": ["delete", "create"]}
        found["change"]["after"]["password"] = after
        return plan(found)

    assert fingerprint(replaced("new"), None) != fingerprint(replaced("old"), None)


def test_a_secret_that_is_not_set_leaves_nothing_out() -> None:
    masks = {"before_sensitive": {"value_wo": True}, "after_sensitive": {"value_wo": True}}
    written = change("aws_ssm_parameter.a", ["create"], None, {"name": "a", "value_wo": None}, **masks)

    assert left_out(fingerprint(plan(written), None)) == 0


def test_a_secret_in_an_element_hides_those_of_all_elements() -> None:
    """In a set, a mask's place is that of one side only."""
    masks = {"before_sensitive": {}, "after_sensitive": {"users": [{}, {"text": True}]}}

    def users(*texts: str) -> dict[str, Any]:
        after = {"id": "1", "users": [{"text": text} for text in texts]}
        return plan(change("aws_mq_broker.main", ["update"], {"id": "1", "users": []}, after, **masks))

    assert fingerprint(users("hunter2", "b"), None) == fingerprint(users("hunter3", "b"), None)


def test_values_of_a_containers_variables_are_left_out_and_their_names_are_not() -> None:
    def container(name: str, value: str) -> dict[str, Any]:
        definitions = json.dumps([{"name": "api", "environment": [{"name": name, "value": value}]}])
        return plan(change("aws_ecs_task_definition.api", ["create"], None, {"container_definitions": definitions}))

    assert fingerprint(container("PIN", "1234"), None) == fingerprint(container("PIN", "1235"), None)
    assert fingerprint(container("PIN", "1234"), None) != fingerprint(container("POST", "1234"), None)
    assert left_out(fingerprint(container("PIN", "1234"), None)) == 1


def test_a_sensitive_output_is_left_out() -> None:
    def output(value: str) -> dict[str, Any]:
        sides = {"before": None, "after": value, "before_sensitive": True, "after_sensitive": True}
        return plan(output_changes={"code": {"actions": ["create"], **sides}})

    assert fingerprint(output("1234"), None) == fingerprint(output("1235"), None)
    assert fingerprint(output("1234"), KEY) != fingerprint(output("1235"), KEY)


def test_a_fingerprint_says_how_it_was_made() -> None:
    ends = [(PLAN, None), (with_secret("new"), None), (with_secret("new"), KEY)]
    assert [fingerprint(one, key)[64:] for one, key in ends] == ["", ".without-1", ".keyed"]
    assert [is_keyed(fingerprint(PLAN, key)) for key in (None, KEY)] == [False, True]
    assert [left_out(fingerprint(one, None)) for one in (PLAN, with_secret("new"))] == [0, 1]


def test_a_key_that_can_be_guessed_is_refused() -> None:
    assert (key_of(None), key_of("")) == (None, None)
    assert key_of("0123456789abcdef") == b"0123456789abcdef"
    with pytest.raises(RefusedError, match="GREENLIGHT_FINGERPRINT_KEY has 7 characters, which can be guessed"):
        key_of("hunter2")
