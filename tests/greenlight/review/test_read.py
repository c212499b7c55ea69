"""What is taken for a plan, and what is said of everything else."""

import json
import re

import pytest

from greenlight.errors import RefusedError
from greenlight.review import read
from tests.greenlight.review.plans import change, document, plan

PLAN = document(change("aws_vpc.main", None, {"cidr_block": "10.0.0.0/16"}))
TEXT = json.dumps(PLAN)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),  # PowerShell's redirection
        TEXT.encode("utf-32"),
        f"[command]/usr/bin/terraform show -json tfplan\n{TEXT}\n::debug::Terraform exited with code 0.\n".encode(),
        f"\r\n  {TEXT}\r\n".encode(),
        json.dumps(PLAN, indent=2).encode(),
    ],
    ids=["as printed", "byte order mark", "UTF-16", "UTF-32", "a wrapper's lines", "blank lines", "indented"],
)
def test_a_plan_is_read_however_it_got_into_the_file(content: bytes) -> None:
    assert read.document(content, "plan.json") == PLAN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"{}", "is no plan, it has no format_version"),
        (b'{"format_version": "1.2"}', "has a format_version, but nothing that a plan has"),
        (b"[]", "has no JSON in it"),
        (b"PK\x03\x04\x00\x00", "is a plan file itself, which only Terraform can read"),
        (b"\x80\x81\x82", "is no text"),
        (TEXT[:-20].encode(), "is not valid JSON, it may have been cut off"),
        (b"Terraform will perform the following actions:\n", "has no JSON in it"),
        (json.dumps({"version": 4, "lineage": "a", "resources": []}).encode(), "is a state, not a plan"),
        (json.dumps({"format_version": "1.0", "values": {}}).encode(), "is a state, not a plan"),
        (json.dumps(PLAN | {"format_version": "2.0"}).encode(), "has format_version 2.0; this version"),
        (f"{TEXT}\n{TEXT}".encode(), "is more than one document"),
        (b'{"@level":"info","type":"version"}\n{"@level":"info"}\n', "is the log of `terraform plan -json`"),
        (b'{"@level":"info","type":"version"}\n', "is the log of `terraform plan -json`"),
        (b"[\n" + TEXT.encode() + b"\n]", "is not valid JSON"),
        (b"{" + b'"a":{' * 100_000, "is not valid JSON"),
    ],
)
def test_what_is_no_plan_is_named_and_never_taken_for_one_without_changes(content: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=rf"^plan\.json {re.escape(said)}"):
        read.document(content, "plan.json")


@pytest.mark.parametrize("part", [{"resource_changes": [{"address": "aws_vpc.main"}]}, {"resource_changes": "x"}])
def test_a_plan_of_another_shape_is_refused(part: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match=r"^the plan of dev has a part that is not as"):
        read.plan(PLAN | part, "dev")


def test_keys_of_later_versions_are_passed_over() -> None:
    assert read.plan(PLAN | {"something_new": [1]}, "dev") == read.plan(PLAN, "dev")


@pytest.mark.parametrize(
    ("version", "is_opentofu"), [("1.5.7", False), ("1.7.0", None), ("1.8.0", True), ("1.12.1", True), ("odd", None)]
)
def test_opentofu_is_told_by_what_its_plans_lack(version: str, is_opentofu: bool | None) -> None:
    without = {key: value for key, value in PLAN.items() if key not in ("applyable", "complete")}

    assert read.plan(without | {"terraform_version": version}, "dev").is_opentofu is is_opentofu


def test_terraform_is_told_by_what_its_plans_have() -> None:
    assert plan().is_opentofu is False


def test_addresses_lose_the_keys_of_their_instances() -> None:
    one = change('module.a["x.y[0]\\"]"].aws_lb.main[0]', None, {})

    (found,) = read.plan(document(one), "dev").changes

    assert found.configured_as == "module.a.aws_lb.main"


def test_a_construct_is_known_by_the_synthesized_stack() -> None:
    synthesized = {"resource": {"aws_lb": {"main_1A": {"//": {"metadata": {"path": "dev/load-balancer/main"}}}}}}

    assert read.constructs(synthesized) == {"aws_lb.main_1A": "dev/load-balancer/main"}
