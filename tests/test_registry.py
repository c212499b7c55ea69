"""A registry's stack, and what its account's roles may do with it."""

import json
from pathlib import Path

import environments
from environments import Account, Registry
from main import AccountStack, EnvironmentStack, RegistryStack
from tests.synthesis import Config, policy, reference, resource, resources, synth_stack
from tests.test_account import ACCOUNT

# isort: split
from cdktf import Testing

OTHER_ACCOUNT = """\
account: "222222222222"
region: us-east-1
network: {egress: endpoints}
services:
  api:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:v1
    routes: [GET /one]
"""
REGISTRY = """\
kind: registry
account: "123456789012"
region: us-east-1
repositories: [shop/api, shop--api]
tags: {team: platform}
"""


def registry(folder: Path) -> Registry:
    (folder / "registry.yaml").write_text(REGISTRY)
    found = environments.load_file("registry", folder)
    assert isinstance(found, Registry)
    return found


def stack(folder: Path) -> Config:
    return synth_stack(RegistryStack(Testing.app(), "registry", registry(folder)))


def test_its_state_and_provider_are_like_an_environments(tmp_path: Path) -> None:
    config = stack(tmp_path)

    assert config["terraform"]["backend"]["s3"] == {
        "bucket": "greenlight-state-123456789012-us-east-1",
        "key": "registry/terraform.tfstate",
        "region": "us-east-1",
        "use_lockfile": True,
        "allowed_account_ids": ["123456789012"],
    }
    assert config["provider"]["aws"][0]["default_tags"] == [{"tags": {"managed-by": "terraform", "team": "platform"}}]


def test_its_output_is_what_images_begin_with(tmp_path: Path) -> None:
    config = stack(tmp_path)

    assert config["output"] == {
        "repositories": {
            "value": {
                name: reference(config, "aws_ecr_repository", "repository_url", name=name)
                for name in ("shop/api", "shop--api")
            }
        }
    }


def test_the_projects_environments_and_registry_share_nothing_but_names() -> None:
    """No stack reads another's state or outputs: each can be planned, and destroyed, alone."""
    found, _ = environments.load_all()
    one = found["registry"]
    assert isinstance(one, Registry)
    config = synth_stack(RegistryStack(Testing.app(), "registry", one))

    assert "data" not in config
    assert {kind: len(some) for kind, some in config["resource"].items()} == {
        "aws_ecr_repository": len(one.repositories),
        "aws_ecr_lifecycle_policy": len(one.repositories),
    }


def account(folder: Path, registries: dict[str, Registry]) -> Config:
    (folder / "github.yaml").write_text(ACCOUNT)
    settings = environments.load_file("github", folder)
    assert isinstance(settings, Account)
    managed = {"sandbox": environments.load("sandbox")}
    return synth_stack(AccountStack(Testing.app(), "github", settings, managed, registries))


def test_its_accounts_roles_plan_and_apply_its_repositories_and_delete_no_image(tmp_path: Path) -> None:
    config = account(tmp_path, {"registry": registry(tmp_path)})
    arns = [f"arn:aws:ecr:us-east-1:123456789012:repository/{name}" for name in ("shop/api", "shop--api")]
    state = "arn:aws:s3:::greenlight-state-123456789012-us-east-1"

    def allowed(name: str) -> dict[str, object]:
        statements = json.loads(resource(config, "aws_iam_policy", name=name)["policy"])["Statement"]
        return {action: one["Resource"] for one in statements for action in one["Action"]}

    assert allowed("github-registries-read") == {
        "s3:GetObject": [f"{state}/registry/terraform.tfstate"],
        "s3:ListBucket": [state],
        **dict.fromkeys(
            [
                *("ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy"),
                "ecr:ListTagsForResource",
            ],
            arns,
        ),
    }
    written = [f"{state}/registry/terraform.tfstate", f"{state}/registry/terraform.tfstate.tflock"]
    assert allowed("github-registries") == {
        "s3:DeleteObject": written,
        "s3:PutObject": written,
        "s3:GetObject": written[1:],
        **dict.fromkeys(
            [
                *("ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository"),
                *("ecr:DeleteRepositoryPolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"),
                *("ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource"),
            ],
            arns,
        ),
    }


def test_an_environment_of_another_account_pulls_and_releases_from_it_without_nat(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER_ACCOUNT)
    settings = environments.load("other", tmp_path)
    config = synth_stack(EnvironmentStack(Testing.app(), "other", settings))
    arn = "arn:aws:ecr:us-east-1:123456789012:repository/shop/api"
    (pulling,) = [one for one in policy(config, "other-api-execution") if "ecr:BatchGetImage" in one["Action"]]

    assert pulling["Resource"] == arn
    assert settings.managed("other").repositories == [arn]


def test_they_are_attached_to_who_plans_and_who_applies(tmp_path: Path) -> None:
    config = account(tmp_path, {"registry": registry(tmp_path)})
    read, change = (
        reference(config, "aws_iam_policy", "arn", name=f"github-{name}") for name in ("registries-read", "registries")
    )
    plan, apply = (reference(config, "aws_iam_role", "name", name=f"github-{work}") for work in ("plan", "apply"))

    attached = [(one["role"], one["policy_arn"]) for one in resources(config, "aws_iam_role_policy_attachment")]
    assert sorted(one for one in attached if one[1] in (read, change)) == sorted(
        [(plan, read), (apply, read), (apply, change)]
    )


def test_without_a_registry_they_are_not_made(tmp_path: Path) -> None:
    config = account(tmp_path, {})

    assert [one["name"] for one in resources(config, "aws_iam_policy") if "registries" in one["name"]] == []
