"""The gate that each call goes through: who it is, what it asks for, and whether that is allowed.

refusal(request, call)     of a call over the API
require(principal, need)   of what a service does inside this process with somebody's role
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sandbox.access import denials, evaluate, ledger, needs, policies, recording, reference, resource_policies
from sandbox.access.model import Decision, Need, Policies, Principal, Request
from sandbox.aws.lock import LOCK
from sandbox.aws.model.request import Call
from sandbox.aws.model.wording import Refusal
from sandbox.state import ACCOUNT

_log = logging.getLogger("sandbox.aws")

SETTLED = frozenset(
    {
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:ec2instancesourceprivateipv4"),
        *("aws:ec2instancesourcevpc", "aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent"),
        *("aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid"),
        *("aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist", "aws:principaltype"),
        *("aws:referer", "aws:requestedregion", "aws:securetransport", "aws:sourceaccount", "aws:sourcearn"),
        *("aws:sourceidentity", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpc"),
        *("aws:sourcevpce", "aws:useragent", "aws:userid", "aws:username", "aws:viaawsservice"),
        *("aws:vpcsourceip", "lambda:sourcefunctionarn", "aws:currenttime", "aws:epochtime"),
    }
)
"""Global keys that the sandbox fills, or knows that a call does not carry: there is no organization, no MFA device."""


class AccessDeniedError(Exception):
    """What somebody wanted to do is denied to him; the message is AWS's."""


def refusal(principal: Principal, call: Call) -> Refusal | None:
    """AWS's denial of this call; None where it is allowed."""
    if principal.kind == "administrator" and call.service not in resource_policies.BIND_THE_ADMINISTRATOR:
        return None
    with LOCK:
        return _refusal(principal, call)


def _refusal(principal: Principal, call: Call) -> Refusal | None:
    try:
        wanted = needs.of(call)
    except needs.UnmappedError as problem:
        if principal.kind == "administrator":
            return None
        _log.error("denied: %s", problem)
        return denials.unmapped(principal, call.service, call.operation.name)
    for need in wanted:
        if principal.kind == "administrator" and not resource_policies.bind_the_administrator(need):
            continue
        decision = judge(principal, need, call.region)
        if not decision.allowed:
            return denials.refusal(principal, call, need, decision)
    return None


def unread(principal: Principal, service: str, action: str) -> Refusal | None:
    """The denial of a call to a service that is not mapped: only the administrator may make it."""
    if principal.kind == "administrator":
        return None
    _log.error("denied: sandbox/access/needs does not know %s of %s", action, service)
    return denials.unmapped(principal, service, action)


def require(principal: Principal, need: Need, region: str) -> None:
    """Raises AccessDeniedError where the principal may not."""
    with LOCK:
        decision = judge(principal, need, region)
    if not decision.allowed:
        raise AccessDeniedError(denials.message(principal, need, decision))


def judge(principal: Principal, need: Need, region: str) -> Decision:
    """Decide, and record the decision. Call it with the lock held."""
    request = _request(principal, need, region)
    found = policies.of(principal, need)
    decision = evaluate.decide(request, found)
    if decision.unfilled:
        _log.error("%s on %s hangs on what nobody fills here: %s", need.action, need.resource, decision.unfilled)
    if principal.kind != "administrator":
        _record(request, found, decision)
    return decision


def note_roles() -> None:
    """Record what every role may do. Called after each change of IAM, with the lock held."""
    for role, found in policies.of_all_roles():
        judged_by = ledger.current().keep("policies", recording.as_data(found))
        ledger.current().record("role", {"role": role, "policies": judged_by})


def _request(principal: Principal, need: Need, region: str) -> Request:
    now = datetime.now(UTC)
    values: dict[str, tuple[str, ...]] = {
        "aws:currenttime": (f"{now:%Y-%m-%dT%H:%M:%SZ}",),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:requestedregion": (region,),
        "aws:securetransport": ("true",),
        "aws:principalisawsservice": ("true" if principal.kind == "service" else "false",),
        "aws:viaawsservice": ("false",),
    }
    if principal.place is None:
        values["aws:sourceip"] = ("127.0.0.1",)
    if principal.kind == "service":
        values["aws:principalservicename"] = (principal.arn,)
    elif principal.kind in (kinds := {"administrator": "Account", "user": "User", "role": "AssumedRole"}):
        values |= {
            "aws:principalaccount": (ACCOUNT,),
            "aws:principalarn": (principal.identity,),
            "aws:principaltype": (kinds[principal.kind],),
            "aws:userid": (principal.user_id,),
        }
        if principal.kind == "user":
            values["aws:username"] = (principal.identity.rpartition("/")[2],)
    given = {**principal.keys, **need.keys}
    values |= {key.lower(): tuple(value) for key, value in given.items() if value}
    carried = reference.condition_keys(need.action, need.resource)
    filled = {key.lower() for key in given} | SETTLED
    if need.request_tags is not None:
        values |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in need.request_tags.items()}
        values["aws:tagkeys"] = tuple(need.request_tags)
        filled |= {"aws:requesttag/", "aws:tagkeys"}
    if need.resource_tags is not None:
        # The service's own name for them is not always its prefix: a role's are iam:ResourceTag for STS.
        for family in ("aws:resourcetag/", *(key for key in carried if key.endswith(":resourcetag/"))):
            values |= {f"{family}{key.lower()}": (value,) for key, value in need.resource_tags.items()}
            filled.add(family)
    return Request(need.action, need.resource, values, frozenset(carried - filled), principal)


def _record(request: Request, found: Policies, decision: Decision) -> None:
    principal = request.principal
    assert principal is not None
    judged_by = ledger.current().keep("policies", recording.as_data(found))
    passing = ("aws:currenttime", "aws:epochtime", "aws:userid", "aws:tokenissuetime")
    ledger.current().record(
        "call",
        {
            # Sessions have names of their own, of which there may be one for each task.
            "principal": {
                "kind": principal.kind,
                "arn": principal.identity or principal.arn,
                "identity": principal.identity,
            },
            "action": request.action,
            "resource": request.resource,
            "values": {key: value for key, value in request.values.items() if key not in passing},
            "unfilled": sorted(request.unfilled),
            "policies": judged_by,
            "allowed": decision.allowed,
            "reason": decision.reason,
            "by": list(decision.by),
        },
    )
