"""What has a name that is unique in its account and region, or in the world of IAM."""

import json
from collections.abc import Iterator
from functools import partial

from greenlight.existing.search import Finder, Object, Search, UnclearError, pages, tags_of, there
from greenlight.review.plan import Change


def _cluster(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("ecs")
    for one in client.describe_clusters(clusters=[name], include=["TAGS"])["clusters"]:
        if one["status"] != "INACTIVE":
            yield Object(id=name, tags=tags_of(one.get("tags", ()), "key", "value"))


def _service(search: Search, change: Change) -> Iterator[Object]:
    cluster, name = search.value(change, "cluster").rpartition("/")[2], search.value(change, "name")
    describe = partial(search.client("ecs").describe_services, include=["TAGS"])
    for answer in there(describe, "ClusterNotFoundException", cluster=cluster, services=[name]):
        for one in answer["services"]:
            if one["status"] != "INACTIVE":
                yield Object(id=f"{cluster}/{name}", tags=tags_of(one.get("tags", ()), "key", "value"))


def _function(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "function_name"), search.client("lambda")
    for answer in there(client.get_function, "ResourceNotFoundException", FunctionName=name):
        yield Object(id=name, tags=answer.get("Tags", {}))


def _permission(search: Search, change: Change) -> Iterator[Object]:
    name, statement = search.value(change, "function_name"), search.value(change, "statement_id")
    client = search.client("lambda")
    for answer in there(client.get_policy, "ResourceNotFoundException", FunctionName=name):
        if any(one["Sid"] == statement for one in json.loads(answer["Policy"])["Statement"]):
            yield Object(id=f"{name}/{statement}")


def _event_rule(search: Search, change: Change) -> Iterator[Object]:
    """AWS would take it again as it is. But not to know its ARN would make the plan replace what names it."""
    name, client = search.value(change, "name"), search.client("events")
    for answer in there(client.describe_rule, "ResourceNotFoundException", Name=name):
        yield Object(id=name, tags=tags_of(client.list_tags_for_resource(ResourceARN=answer["Arn"])["Tags"]))


def _topic(search: Search, change: Change) -> Iterator[Object]:
    """As for a rule."""
    arn, client = search.arn("sns", search.value(change, "name")), search.client("sns")
    for _ in there(client.get_topic_attributes, "NotFound", TopicArn=arn):
        yield Object(id=arn, tags=tags_of(client.list_tags_for_resource(ResourceArn=arn)["Tags"]))


def _event_target(search: Search, change: Change) -> Iterator[Object]:
    """Made again it would be a second one, with another id: the rule would do everything twice."""
    rule, client = search.value(change, "rule"), search.client("events")
    for answer in there(client.list_targets_by_rule, "ResourceNotFoundException", Rule=rule):
        for one in answer["Targets"]:
            yield Object(id=f"{rule}/{one['Id']}")


def _application(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("codedeploy")
    for _ in there(client.get_application, "ApplicationDoesNotExistException", applicationName=name):
        yield _of_codedeploy(search, name, f"application:{name}")


def _group(search: Search, change: Change) -> Iterator[Object]:
    application, name = search.value(change, "app_name"), search.value(change, "deployment_group_name")
    client = search.client("codedeploy")
    gone = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
    request = {"applicationName": application, "deploymentGroupName": name}
    for _ in there(client.get_deployment_group, *gone, **request):
        yield _of_codedeploy(search, f"{application}:{name}", f"deploymentgroup:{application}/{name}")


def _of_codedeploy(search: Search, id: str, resource: str) -> Object:
    arn = search.arn("codedeploy", resource)
    return Object(id=id, tags=tags_of(search.client("codedeploy").list_tags_for_resource(ResourceArn=arn)["Tags"]))


def _deployment_config(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "deployment_config_name"), search.client("codedeploy")
    for _ in there(client.get_deployment_config, "DeploymentConfigDoesNotExistException", deploymentConfigName=name):
        yield Object(id=name)


def _log_group(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("logs")
    for one in pages(client, "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if one["logGroupName"] == name:
            arn = one["arn"].removesuffix(":*")
            yield Object(id=name, tags=client.list_tags_for_resource(resourceArn=arn)["tags"])


def _parameter(search: Search, change: Change) -> Iterator[Object]:
    """Tried with the AWS provider 5.100: of an imported parameter it knows `value` and never `insecure_value`, so that
    each plan changes it, and no apply does."""
    name, client = search.value(change, "name"), search.client("ssm")
    kind = {"ResourceType": "Parameter", "ResourceId": name}
    for answer in there(client.list_tags_for_resource, "InvalidResourceId", **kind):
        tags = tags_of(answer["TagList"])
        if search.is_own(change, tags):
            raise UnclearError(
                f"{name} cannot be imported for good. Delete it, then look again; the deploy makes it anew, and until "
                "then greenlight does not find the service: "
                f"aws ssm delete-parameter --region {search.aws.region} --name {name}"
            )
        yield Object(id=name, tags=tags)


def _role(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("iam")
    for answer in there(client.get_role, "NoSuchEntity", RoleName=name):
        yield Object(id=name, tags=tags_of(answer["Role"].get("Tags", ())))


def _policy(search: Search, change: Change) -> Iterator[Object]:
    name, path = search.value(change, "name"), search.value(change, "path")
    client = search.client("iam")
    for one in pages(client, "list_policies", "Policies", Scope="Local", PathPrefix=path):
        if one["PolicyName"] == name:
            tags = client.list_policy_tags(PolicyArn=one["Arn"])["Tags"]
            yield Object(id=one["Arn"], tags=tags_of(tags))


def _identity_provider(search: Search, change: Change) -> Iterator[Object]:
    host, client = search.value(change, "url").removeprefix("https://"), search.client("iam")
    for one in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        if one["Arn"].partition("/")[2] == host:
            tags = client.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=one["Arn"])["Tags"]
            yield Object(id=one["Arn"], tags=tags_of(tags))


def _repository(search: Search, change: Change) -> Iterator[Object]:
    name, client = search.value(change, "name"), search.client("ecr")
    for answer in there(client.describe_repositories, "RepositoryNotFoundException", repositoryNames=[name]):
        for one in answer["repositories"]:
            yield Object(id=name, tags=tags_of(client.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"]))


FINDERS: dict[str, Finder] = {
    "aws_cloudwatch_event_rule": _event_rule,
    "aws_cloudwatch_event_target": _event_target,
    "aws_cloudwatch_log_group": _log_group,
    "aws_codedeploy_app": _application,
    "aws_codedeploy_deployment_config": _deployment_config,
    "aws_codedeploy_deployment_group": _group,
    "aws_ecr_repository": _repository,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_service": _service,
    "aws_iam_openid_connect_provider": _identity_provider,
    "aws_iam_policy": _policy,
    "aws_iam_role": _role,
    "aws_lambda_function": _function,
    "aws_lambda_permission": _permission,
    "aws_sns_topic": _topic,
    "aws_ssm_parameter": _parameter,
}

OVERWRITTEN = frozenset(
    {
        "aws_appautoscaling_policy",
        "aws_appautoscaling_target",
        "aws_cloudwatch_metric_alarm",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
        "aws_ecs_task_definition",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_lambda_function_event_invoke_config",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
    }
)
"""Whose creation AWS takes for what is there too, with the same result: a put. Of a task definition there is one
revision more, which nothing runs."""
