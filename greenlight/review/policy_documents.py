"""IAM policies that Terraform would only know during the apply, because their data source waits for something. Pure.

A change of tags alone is enough for that, and every policy of the stack turns into "known after apply". What the data
source is configured with stands in the plan all the same.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from greenlight.review.differences import origins
from greenlight.review.plan import Action, Change, Plan

_POLICIES = ("policy", "assume_role_policy")
_FROM_ELSEWHERE = ("source_json", "source_policy_documents", "override_json", "override_policy_documents")
_PARTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
    "sid": "Sid",
}


def filled_in(plan: Plan) -> Plan:
    """The plan with the policies that can be told from their data sources."""
    texts = {
        f"{change.configured_as}.json": text
        for change in plan.changes
        if change.type == "aws_iam_policy_document" and change.action is Action.READ and (text := _text(change))
    }
    if not texts:
        return plan
    return replace(plan, changes=tuple(_filled_in(change, plan, texts) for change in plan.changes))


def _filled_in(change: Change, plan: Plan, texts: Mapping[str, str]) -> Change:
    if not isinstance(change.unknown, dict) or not isinstance(change.after, dict):
        return change
    known = {}
    for argument in _POLICIES:
        names = origins(change, (argument,), plan)
        if change.unknown.get(argument) is True and len(names) == 1 and names[0] in texts:
            known[argument] = texts[names[0]]
    if not known:
        return change
    unknown = {key: value for key, value in change.unknown.items() if key not in known}
    return replace(change, after=change.after | known, unknown=unknown)


def _text(document: Change) -> str | None:
    """None where a part of it is not known, is marked as sensitive, or comes from another document."""
    content, unknown = document.after, document.unknown
    if "true" in json.dumps(document.after_sensitive):
        return None
    if not isinstance(content, dict) or any(content.get(key) for key in _FROM_ELSEWHERE):
        return None
    if isinstance(unknown, dict) and (
        "true" in json.dumps({key: unknown.get(key) for key in ("statement", "version")})
    ):
        return None
    statements = [_statement(one) for one in content.get("statement") or ()]
    return json.dumps({"Version": content.get("version") or "2012-10-17", "Statement": statements})


def _statement(block: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    found |= {name: block[key] for key, name in _PARTS.items() if block.get(key)}
    for key, name in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        several = {one["type"]: one["identifiers"] for one in block.get(key) or ()}
        if several:
            found[name] = "*" if several == {"*": ["*"]} else several
    conditions: dict[str, dict[str, Any]] = {}
    for one in block.get("condition") or ():
        conditions.setdefault(one["test"], {})[one["variable"]] = one["values"]
    return found | ({"Condition": conditions} if conditions else {})
