"""What was asked is judged again without a permission: the one that nothing needed shows."""

import json
from typing import Any

from sandbox.access import recording, report
from sandbox.access.recording import Recording
from sandbox.access.replay import Permission, needed
from sandbox.access.report import RoleReport

ROLE = "arn:aws:iam::123456789012:role/sandbox-api-hook"
BOUNDARY = "arn:aws:iam::123456789012:policy/greenlight/boundary"
READS = {"Effect": "Allow", "Action": ["ecs:DescribeServices", "ecs:ListTasks"], "Resource": "*"}
WRITES = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
DENIES = {"Effect": "Deny", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
ALLOWS = {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
LIMIT = {"Effect": "Allow", "Action": ["ecs:*", "s3:*"], "Resource": "*"}


def policy(name: str, *statements: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "document": {"Version": "2012-10-17", "Statement": list(statements)}}


def policies(*statements: dict[str, Any], boundary: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "kind": "policies",
        "id": "1",
        "identity": [policy("inline", *statements)],
        "boundary": boundary,
        "session": None,
        "resource": None,
        "resource_alone": False,
    }


def call(action: str, *, allowed: bool = True, role: str = ROLE) -> dict[str, Any]:
    return {
        "kind": "call",
        "principal": {"kind": "role", "arn": role, "identity": role},
        "action": action,
        "resource": "*",
        "values": {},
        "unfilled": [],
        "policies": "1",
        "allowed": allowed,
        "reason": "" if allowed else "because",
        "by": [],
    }


def recorded(*entries: dict[str, Any]) -> Recording:
    role = {"kind": "role", "role": ROLE, "policies": "1"}
    return recording.of([json.dumps(entry) for entry in (entries[0], role, *entries[1:])])


def shown(found: Recording) -> dict[tuple[str, str], bool]:
    return {(one.policy, one.action): good for one, good in needed(found, [ROLE]).items()}


def test_a_permission_is_needed_where_a_recorded_call_is_denied_without_it() -> None:
    found = recorded(policies(READS), call("ecs:DescribeServices"))

    assert shown(found) == {(ROLE, "ecs:DescribeServices"): True, (ROLE, "ecs:ListTasks"): False}


def test_of_two_permissions_for_the_same_neither_is_needed() -> None:
    found = recorded(policies(READS, WRITES), call("ecs:DescribeServices"))

    assert shown(found) == {
        (ROLE, "ecs:DescribeServices"): False,
        (ROLE, "ecs:ListTasks"): False,
        (ROLE, "ecs:*"): False,
    }


def test_another_role_s_call_needs_no_permission_of_this_one() -> None:
    found = recorded(policies(READS), call("ecs:ListTasks", role=f"{ROLE}-2"))

    assert shown(found) == {(ROLE, "ecs:DescribeServices"): False, (ROLE, "ecs:ListTasks"): False}


def test_a_denial_is_needed_where_something_would_be_allowed_without_it() -> None:
    found = recorded(policies(ALLOWS, DENIES), call("ec2:CreateNetworkInterface", allowed=False))

    assert {(json.loads(one.statement)["Effect"], good) for one, good in needed(found, [ROLE]).items()} == {
        ("Allow", False),
        ("Deny", True),
    }


def test_a_boundary_s_permissions_are_the_boundary_s() -> None:
    found = recorded(policies(WRITES, boundary=policy(BOUNDARY, LIMIT)), call("ecs:ListTasks"))

    assert shown(found) == {(ROLE, "ecs:*"): True, (BOUNDARY, "ecs:*"): True, (BOUNDARY, "s3:*"): False}


def test_a_permission_carries_its_whole_statement() -> None:
    found = recorded(policies(WRITES), call("ecs:ListTasks"))

    assert list(needed(found, [ROLE])) == [Permission(ROLE, "ecs:*", json.dumps(WRITES, sort_keys=True))]


def test_the_report_says_what_was_used_never_used_and_denied() -> None:
    found = recorded(policies(READS), call("ecs:ListTasks"), call("s3:GetObject", allowed=False))

    assert report.of(found) == [
        RoleReport(ROLE, ("ecs:ListTasks",), ("ecs:DescribeServices",), ("s3:GetObject on *: because",))
    ]


def test_a_wildcard_is_used_where_one_of_its_actions_is() -> None:
    found = recorded(policies(WRITES), call("ecs:ListTasks"))

    assert report.of(found) == [RoleReport(ROLE, ("ecs:ListTasks",), (), ())]


def test_the_report_is_three_lists_a_role() -> None:
    found = recorded(policies(READS), call("ecs:ListTasks"), call("s3:GetObject", allowed=False))

    assert report.text(report.of(found)) == (
        "sandbox-api-hook\n"
        "  used (1): ecs:ListTasks\n"
        "  never used (1): ecs:DescribeServices\n"
        "  denied: s3:GetObject on *: because"
    )
