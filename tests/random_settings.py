"""Environments at random: from pieces that are right each by itself, and the same with some mistakes in them."""

import copy
from typing import Any

import yaml
from hypothesis import settings
from hypothesis import strategies as st

Document = dict[str, Any]

ACCOUNT, REGION = "123456789012", "us-east-1"
_ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:audit"

# Key -> values of which each is right, whatever the others are.
_SERVICE: dict[str, list[Any]] = {
    "family": ["own-family"],
    "container": [{"name": "app", "port": 8080}, {"health_command": ["CMD", "/app", "health"]}, {"port": 1}],
    "cpu": [256],
    "desired_count": [2],
    "environment": [{"A": "1", "EMPTY": "", "DOLLAR": "${x} %{y} $", "LINES": "a\nb"}, {"LONG": "x" * 9000}],
    "secrets": [{"TOKEN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/team/token"}],
    "task_policy": [[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::bucket/*"]}]],
    "egress": [[{"cidr": "10.1.0.0/16", "port": 5432}], [{"security_group": "sg-0123456789abcdef0", "port": "80-90"}]],
    "writable_paths": [["/tmp"], ["/tmp", "/var/cache/app", "/home/app/.cache"]],
    "ephemeral_storage_gib": [21, 200],
    "log_mode": ["blocking", "non-blocking"],
    "sidecars": [
        {"collector": {"image": f"{_ECR}/collector:v1"}},
        {
            "side": {
                "image": f"{_ECR}/side@sha256:{'0' * 64}",
                "command": ["--x", "${y}"],
                "health_command": ["CMD", "/healthcheck"],
                "start": "HEALTHY",
                "memory": 64,
                "user": "65532",
                "writable_paths": ["/tmp"],
            },
            "job": {"image": f"{_ECR}/job:v1", "essential": False, "start": "SUCCESS", "environment": {"A": "$"}},
        },
    ],
    "scaling": [{"min": 2, "max": 9, "cpu_percent": 50}, {"min": 2, "max": 2, "requests_per_target": 100}],
    "alarms": [{"error_percent": 1}, {"latency_p99_seconds": 0.5, "more": ["teams-own"]}],
    "deployment": [
        {"config": "CodeDeployDefault.ECSLinear10PercentEvery1Minutes", "bake_minutes": 0},
        {"canary": {"percent": 5, "interval_minutes": 3}, "approval_wait_minutes": 60},
        {"linear": {"percent": 20, "interval_minutes": 1}, "hooks": {"AfterInstall": _FUNCTION}},
    ],
    "hook": [{"identity": "header", "memory": 128}, {"warmup_seconds": 0, "identity": "off"}],
    "checks": [[{"path": "/one?a=b", "json": {"key": ["${x}", 1, None]}, "headers": {"host": "shop.example"}}]],
    "target_groups": [{"blue": "own-blue"}, {"health_check": {"path": "/h", "matcher": "200,204"}}],
    "live": ["green"],
    "request_timeout_seconds": [1, 15],
    "health_check_grace_period_seconds": [0, 300],
}
_ENVIRONMENT: dict[str, list[Any]] = {
    "name": ["e", "a-name-of-its-own"],
    "architecture": ["arm64", "x86_64", "native"],
    "log_retention_days": [1, 3653],
    "deletion_protection": [True],
    "throttling": [{"rate": 1, "burst": 1}],
    "tags": [{"team": "a b", "cost:centre": "a@b"}],
    "state_bucket": ["own-state"],
    "notify": [
        {"topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:team"},
        {"emails": ["a@example.com"], "api_error_percent": 1},
    ],
    "network": [
        {"egress": "nat-single", "cidr": "10.9.0.0/18"},
        {"egress": "endpoints", "endpoints": ["xray"]},
        {"availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"], "name": "net $ {x}"},
        {"vpc_id": "vpc-0123456789abcdef0", "subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]},
    ],
}
# What people type where something else belongs.
_JUNK: list[Any] = [
    *(None, True, False, 0, -1, 1, 3, 65536, 10**12, 0.5, "", " ", "no", "1", "a b", "A", "é", "x" * 300, "${x}"),
    *("/", "/tmp/", "GET /one", "10.0.0.0/16", "us-east-1a", "arn:aws:iam::1:role/x", "sha256:0", "\n", "{}", "=", "&"),
    *([], {}, [[]], [None], {"a": {}}, {"": ""}, ["a", "a"], {"a": "b"}, [{"path": "/"}], [1, "1"]),
]


def _some(choices: dict[str, list[Any]]) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in choices.items()})


_OTHER = {
    key: _SERVICE[key]
    for key in ("writable_paths", "sidecars", "scaling", "alarms", "deployment", "secrets", "log_mode")
}


@st.composite
def right(draw: st.DrawFn) -> Document:
    """An environment of one or two services that nothing is wrong with."""
    api = {"image": f"{_ECR}/api:v1", "routes": ["GET /one", "ANY /items/{proxy+}"], **draw(_some(_SERVICE))}
    services = {"api": api}
    if draw(st.booleans()):
        other = {"image": f"{_ECR}/other", "routes": ["GET /other"], "prod_port": 81, "test_port": 8081}
        services["other"] = other | draw(_some(_OTHER))
    # A copy: the values are shared by all documents.
    return copy.deepcopy({"account": ACCOUNT, "region": REGION, **draw(_some(_ENVIRONMENT)), "services": services})


@st.composite
def spoilt(draw: st.DrawFn) -> Document:
    """The same, with one to three changes, of which some are mistakes."""
    document = draw(right())
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(document))))
        change = draw(st.sampled_from(["replace", "replace", "replace", "delete", "add"]))
        junk = copy.deepcopy(draw(st.sampled_from(_JUNK)))
        if change == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(["imagee", "x", "", "name", "A b", "${x}", "services", "start"]))] = junk
        elif change == "delete":
            del holder[key]
        else:
            holder[key] = junk
    return document


def each(examples: int) -> settings:
    """The same examples in every run: what is red once is red again."""
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


def written(document: Document) -> str:
    return str(yaml.safe_dump(document, allow_unicode=True))


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every mapping or list in it, with each key or index that it has."""
    keys = list(node) if isinstance(node, dict) else range(len(node))
    within = [_places(node[key]) for key in keys if isinstance(node[key], dict | list)]
    return [*((node, key) for key in keys), *(place for places in within for place in places)]
