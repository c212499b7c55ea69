"""What the account's roles may do for a service's own way to release."""

from dataclasses import replace

from modules.github_policies import releases, services
from tests.modules.test_github import DEV, by_action, listed


def test_a_release_may_look_at_a_teams_own_functions_and_invoke_none_of_them() -> None:
    announce = "arn:aws:lambda:eu-west-1:111111111111:function:announce:7"
    statements = releases.releases([replace(DEV, own_hooks=[announce])])

    assert [one["Action"] for one in statements if announce in listed(one["Resource"])] == [
        ["lambda:GetFunctionConfiguration"]
    ]


def test_configurations_are_the_environments_own() -> None:
    mine = ["arn:aws:codedeploy:eu-west-1:111111111111:deploymentconfig:dev-*"]

    assert by_action(services.reads([DEV]))["codedeploy:GetDeploymentConfig"] == (mine, None)
    for action in ("CreateDeploymentConfig", "DeleteDeploymentConfig"):
        assert by_action(services.changes([DEV]))[f"codedeploy:{action}"] == (mine, None)
