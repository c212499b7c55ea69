"""CodeDeploy's revisions: registered, deployed, listed and told."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from tests.sandbox.codedeploy_stack import Client, Releases, appspec, refusal, releases, stack
from tests.sandbox.stack import Stack

__all__ = ["releases", "stack"]


def test_the_text_of_a_revision_is_told_by_get_application_revision_alone(releases: Releases, stack: Stack) -> None:
    content = appspec(stack.task_definition)
    deployment = releases.deploy(content)
    digest = sha256(content.encode()).hexdigest()

    shown = releases.info(deployment)["revision"]
    assert shown == {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}}
    answer = releases.codedeploy.get_application_revision(applicationName=releases.name, revision=shown)
    assert answer["revision"]["appSpecContent"] == {"content": content, "sha256": digest}
    assert answer["revisionInfo"]["deploymentGroups"] == [releases.name]
    unknown = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "0" * 64}}
    code = refusal(releases.codedeploy.get_application_revision, applicationName=releases.name, revision=unknown)
    assert code == "RevisionDoesNotExistException"


def test_a_revision_can_be_registered_before_it_is_deployed(releases: Releases, stack: Stack) -> None:
    named = {"applicationName": releases.name}
    content = {"content": appspec(stack.task_definition)}
    revision = {"revisionType": "AppSpecContent", "appSpecContent": content}
    releases.codedeploy.register_application_revision(**named, revision=revision, description="mine")

    listed = releases.codedeploy.list_application_revisions(**named, deployed="exclude")["revisions"]

    assert [list(one["appSpecContent"]) for one in listed] == [["sha256"]]
    found = releases.codedeploy.get_application_revision(**named, revision=listed[0])
    assert found["revisionInfo"]["description"] == "mine"
    assert found["revision"]["appSpecContent"]["content"] == content["content"]
    assert releases.codedeploy.list_application_revisions(**named, deployed="include")["revisions"] == []


def test_an_appspec_is_read_from_s3(client: Client, releases: Releases, stack: Stack) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=f"{stack.name}-revisions")
    s3.put_object(Bucket=f"{stack.name}-revisions", Key="appspec.yaml", Body=appspec(stack.task_definition).encode())
    location = {"bucket": f"{stack.name}-revisions", "key": "appspec.yaml", "bundleType": "YAML"}

    deployment = releases.deploy("", revision={"revisionType": "S3", "s3Location": location})

    assert releases.reaches(deployment, "Succeeded")["revision"] == {"revisionType": "S3", "s3Location": location}


def test_deployed_revisions_are_those_that_a_group_has_for_its_target(releases: Releases, stack: Stack) -> None:
    named, listed = {"applicationName": releases.name}, releases.codedeploy.list_application_revisions
    before, after = appspec(stack.task_definition), appspec(stack.task_definition, hooks={"BeforeInstall": "none"})
    releases.reaches(releases.deploy(before), "Succeeded")
    releases.reaches(releases.deploy(after), "Failed")

    def digests(deployed: str) -> list[str]:
        return [one["appSpecContent"]["sha256"] for one in listed(**named, deployed=deployed)["revisions"]]

    target, other = (sha256(text.encode()).hexdigest() for text in (before, after))
    assert (digests("include"), digests("exclude")) == ([target], [other])
    assert set(digests("ignore")) == {target, other}


def test_revisions_in_s3_are_found_by_where_they_are(releases: Releases) -> None:
    named = {"applicationName": releases.name}
    for bucket, key in (("one", "a/x"), ("one", "b/x"), ("two", "a/x")):
        location = {"bucket": bucket, "key": key, "bundleType": "YAML"}
        revision = {"revisionType": "S3", "s3Location": location}
        releases.codedeploy.register_application_revision(**named, revision=revision)

    def found(**where: str) -> list[str]:
        answer = releases.codedeploy.list_application_revisions(**named, **where)
        return [f"{one['s3Location']['bucket']}/{one['s3Location']['key']}" for one in answer["revisions"]]

    assert found(s3Bucket="one") == ["one/a/x", "one/b/x"]
    assert found(s3Bucket="one", s3KeyPrefix="b/") == ["one/b/x"]
    assert found(sortBy="registerTime", sortOrder="descending") == ["two/a/x", "one/b/x", "one/a/x"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"deployed": "yes"}, "InvalidDeployedStateFilterException"),
        ({"s3KeyPrefix": "a/"}, "BucketNameFilterRequiredException"),
        ({"sortBy": "size"}, "InvalidSortByException"),
        ({"sortBy": "registerTime", "sortOrder": "up"}, "InvalidSortOrderException"),
    ],
)
def test_a_list_of_revisions_that_makes_no_sense_is_refused(
    releases: Releases, params: dict[str, Any], code: str
) -> None:
    listed = releases.codedeploy.list_application_revisions

    assert refusal(listed, applicationName=releases.name, **params) == code
