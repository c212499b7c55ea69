import pytest

from environments.names import derived, mistakes_together

from .conftest import MINIMAL, Loaded, Mistakes

SHORTEN = "shorten name or the service's key"


def named(name: str, service: str = "api") -> str:
    return MINIMAL.replace("  api:", f"  {service}:") + f"name: {name}\n"


def test_every_name_that_aws_limits_is_known(loaded: Loaded) -> None:
    assert [(one.what, one.name, one.longest) for one in derived(loaded(MINIMAL))] == [
        ("load balancer", "dev", 32),
        ("IAM role", "dev-flow-logs", 64),
        ("target group", "dev-api-blue", 32),
        ("target group", "dev-api-green", 32),
        ("IAM role", "dev-api-execution", 64),
        ("IAM role", "dev-api-task", 64),
        ("IAM role", "dev-api-codedeploy", 64),
        ("IAM role", "dev-api-hook", 64),
        ("EventBridge rule", "dev-api-hook-awake", 64),
        ("Lambda function", "dev-api-hook", 64),
        ("task definition family", "dev-api", 255),
    ]


def test_names_as_long_as_aws_allows_are_accepted(loaded: Loaded) -> None:
    text = named("n" * 32, "s" * 20) + "    target_groups: {blue: one, green: two}\n"
    text = text.replace(f"name: {'n' * 32}\n", "") + f"name: {'n' * 32}\n"

    assert max(len(one.name) for one in derived(loaded(text)) if one.longest == 64) == 64


def test_one_letter_is_a_name(loaded: Loaded) -> None:
    assert loaded(named("d", "a")).target_group_name("a", "blue") == "d-a-blue"


def test_a_name_that_becomes_too_long_is_shown_as_it_becomes(mistakes: Mistakes) -> None:
    assert mistakes(named("n" * 32, "s" * 21)) == [
        f'services.{"s" * 21}: target group name "{"n" * 32}-{"s" * 21}-blue" has 59 characters, AWS allows 32: '
        f"set target_groups.blue, or {SHORTEN}",
        f'services.{"s" * 21}: target group name "{"n" * 32}-{"s" * 21}-green" has 60 characters, AWS allows 32: '
        f"set target_groups.green, or {SHORTEN}",
        f'services.{"s" * 21}: IAM role name "{"n" * 32}-{"s" * 21}-codedeploy" has 65 characters, AWS allows 64: '
        f"{SHORTEN}",
    ]


RULE = "lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("internal-tools", "must not begin with internal-, which AWS refuses for load balancers, got internal-tools"),
        ("sg-tools", "must not begin with sg-, which AWS refuses for security groups, got sg-tools"),
        ("default", "must not be default, which is ECS's name for the account's own cluster"),
        ("Dev", f"must be {RULE}, got 'Dev'"),
        ("dev-", f"must be {RULE}, got 'dev-'"),
        ("1dev", f"must be {RULE}, got '1dev'"),
        ("größe", f"must be {RULE}, got 'größe'"),
        ("n" * 33, f"must have at most 32 characters, got 33: '{'n' * 33}'"),
    ],
)
def test_a_name_that_aws_refuses_is_refused(mistakes: Mistakes, name: str, problem: str) -> None:
    assert f"name: {problem}" in mistakes(named(name))


def test_environments_with_names_of_their_own_live_side_by_side(loaded: Loaded) -> None:
    one, two = loaded(named("dev")), loaded(named("prod"))

    assert mistakes_together({"dev.yaml": one, "prod.yaml": two}) == []


def test_one_name_in_two_regions_of_an_account_is_refused(loaded: Loaded) -> None:
    one = loaded(named("dev"))
    other = loaded(named("dev").replace("eu-west-1", "us-east-1"))

    assert mistakes_together({"dev.yaml": one, "dr.yaml": other}) == [
        "dev.yaml, dr.yaml: all have the name dev in account 111111111111, and would be one environment "
        "(IAM roles are one namespace in all regions): give each a name of its own"
    ]


def test_one_name_in_two_accounts_is_two_environments(loaded: Loaded) -> None:
    other = loaded(named("dev").replace('"111111111111"', '"222222222222"'))

    assert mistakes_together({"a.yaml": loaded(named("dev")), "b.yaml": other}) == []


def test_names_that_become_the_same_are_refused_once(loaded: Loaded) -> None:
    one, other = loaded(named("dev", "eu-api")), loaded(named("dev-eu", "api"))

    assert mistakes_together({"dev.yaml": one, "eu.yaml": other}) == [
        'eu.yaml: services.api: target group "dev-eu-api-blue" is also that of services.eu-api in dev.yaml, '
        "in one region: rename one of them"
    ]


def test_roles_are_shared_by_all_regions_and_target_groups_are_not(loaded: Loaded) -> None:
    one, other = loaded(named("dev", "eu-api")), loaded(named("dev-eu", "api").replace("eu-west-1", "us-east-1"))

    assert mistakes_together({"dev.yaml": one, "eu.yaml": other}) == [
        'eu.yaml: services.api: IAM role "dev-eu-api-execution" is also that of services.eu-api in dev.yaml, '
        "in one account: rename one of them"
    ]


@pytest.mark.parametrize(
    ("key", "what"), [("target_groups: {green: same}", "target group"), ("family: same", "task definition family")]
)
def test_a_name_given_to_two_environments_of_a_region_is_refused(loaded: Loaded, key: str, what: str) -> None:
    one, other = (loaded(MINIMAL + f"    {key}\nname: {name}\n") for name in ("dev", "prod"))

    assert mistakes_together({"dev.yaml": one, "prod.yaml": other}) == [
        f'prod.yaml: services.api: {what} "same" is also that of services.api in dev.yaml, '
        "in one region: rename one of them"
    ]
