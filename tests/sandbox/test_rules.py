"""The table of rules that AWS's models lack: what each entry must say of itself."""

from __future__ import annotations

from collections import Counter

import pytest
from moto.core.utils import get_service_model

from sandbox.aws.model.request import CHECKED
from sandbox.aws.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_the_address_of_its_source_and_the_phrase_it_rests_on(rule: Rule) -> None:
    assert rule.source.startswith("https://")
    assert (rule.says.strip() != "", rule.quote.strip() != "") == (True, True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_of_a_checked_service_and_of_operations_that_exist(rule: Rule) -> None:
    assert rule.service in CHECKED
    assert [name for name in rule.operations if name not in get_service_model(rule.service).operation_names] == []


WITHOUT_A_REPORT = [rule for rule in RULES if not (rule.worded and rule.coded) and rule.service not in ("ec2", "s3")]
"""The models of EC2 and S3 have few errors to compare with, or none."""

COMMON = {
    "application-autoscaling": {"ValidationException"},
    "cloudwatch": {"ValidationError"},
    "elbv2": {"ValidationError"},
    "events": {"ValidationException"},
    "ssm": {"AccessDeniedException", "ValidationException"},
}
"""What a service answers to any bad value, and lists with no operation."""


@pytest.mark.parametrize("rule", WITHOUT_A_REPORT, ids=lambda rule: rule.name)
def test_a_code_that_no_report_shows_is_one_of_the_operations_own(rule: Rule) -> None:
    model = get_service_model(rule.service)
    own = [{shape.error_code for shape in model.operation_model(name).error_shapes} for name in rule.operations]

    assert [codes for codes in own if rule.code not in codes | COMMON.get(rule.service, set())] == []


def test_every_rule_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(rule.name for rule in RULES).items() if count > 1] == []
