"""ECS.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html (tags at creation)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ecs.models import ecs_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs import keys, needs, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.access.needs.linked_roles import linked_role
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

TASKS = "ecs-tasks.amazonaws.com"


def _name(reference: str | None) -> str:
    """Of a cluster, a service or a task, which are all called by name or by ARN."""
    return (reference or "default").rpartition("/")[2]


def _cluster(call: Call, reference: str | None = None) -> str:
    name = _name(reference or call.params.get("cluster") or call.params.get("clusterName"))
    return arn(call, "ecs", f"cluster/{name}")


def _in_cluster(call: Call, kind: str, reference: str) -> str:
    """``arn:…:service/CLUSTER/NAME``; an ARN of that form says its cluster itself."""
    whole = reference.partition(f":{kind}/")[2]
    if whole.count("/") == 1:
        return arn(call, "ecs", f"{kind}/{whole}")
    return arn(call, "ecs", f"{kind}/{_name(call.params.get('cluster'))}/{_name(reference)}")


def _service(call: Call, reference: str | None = None) -> str:
    named = reference or call.params.get("service") or call.params["serviceName"]
    return _in_cluster(call, "service", named)


def _task_set(call: Call, reference: str = "*") -> str:
    """An id may come with the ``ecs-svc/`` that it has in ARNs."""
    if reference.startswith("arn:"):
        return reference
    return _service(call).replace(":service/", ":task-set/") + f"/{reference}"


def _task_definition(call: Call, reference: str) -> str:
    """The ARN of a revision; a family alone means its last active one."""
    name = _name(reference)
    if ":" in name:
        return arn(call, "ecs", f"task-definition/{name}")
    revisions: Any = ecs_backends[ACCOUNT][call.region].task_definitions.get(name, {})
    active = [number for number, one in revisions.items() if one.status == "ACTIVE"]
    return arn(call, "ecs", f"task-definition/{name}:{max(active, default=1)}")


def _keys(call: Call) -> dict[str, tuple[str, ...]]:
    """All of ECS's own keys that the request tells."""
    params = call.params
    providers = [one["capacityProvider"] for one in params.get("capacityProviderStrategy", ())]
    network = params.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    connect = params.get("serviceConnectConfiguration", {})
    named = params.get("taskDefinition")
    return {
        "ecs:cluster": (_cluster(call),),
        "ecs:capacity-provider": keys.text(providers),
        "ecs:task-definition": (_task_definition(call, named),) if isinstance(named, str) else (),
        "ecs:enable-ebs-volumes": keys.text(bool(params.get("volumeConfigurations"))),
        "ecs:enable-ecs-managed-tags": keys.text(params.get("enableECSManagedTags")),
        "ecs:enable-execute-command": keys.text(bool(params.get("enableExecuteCommand"))),
        "ecs:enable-service-connect": keys.text(bool(connect.get("enabled"))),
        "ecs:enable-vpc-lattice": keys.text(bool(params.get("vpcLatticeConfigurations"))),
        "ecs:namespace": keys.text(connect.get("namespace")),
        "ecs:propagate-tags": keys.text(params.get("propagateTags")),
        "ecs:auto-assign-public-ip": keys.text(network.get("assignPublicIp")),
        "ecs:subnet": keys.text(network.get("subnets")),
    }


def _need(call: Call, resource: str, own: Keys | None = None, action: str | None = None) -> Need:
    action = action or f"ecs:{call.operation.name}"
    brought = tags.given(call.params.get("tags")) or tags.without_values(call.params.get("tagKeys", ()))
    carried = keys.carried(action, resource, {**_keys(call), **(own or {})})
    return Need(action, resource, keys=carried, request_tags=brought, resource_tags=_tags(resource))


def _tags(resource: str) -> dict[str, str] | None:
    """None for kinds of which nobody looks up the tags."""
    if resource == "*":
        return {}
    kind = resource.rpartition(":ecs:")[2].partition("/")[0].rpartition(":")[2]
    return tags.on(resource) if kind in ("cluster", "service", "task", "task-definition") else None


def _tagging(call: Call, resource: str) -> Iterator[Need]:
    """What is made with tags is tagged with a permission of its own."""
    if call.params.get("tags"):
        yield _need(call, resource, {"ecs:CreateAction": (call.operation.name,)}, "ecs:TagResource")


# Clusters ------------------------------------------------------------------------------------------------------------


@needs("ecs", "CreateCluster")
def create_cluster(call: Call) -> Iterator[Need]:
    """The first one of an account makes the service's role:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html"""
    yield _need(call, _cluster(call), {"ecs:capacity-provider": keys.text(call.params.get("capacityProviders"))})
    yield from _tagging(call, _cluster(call))
    yield from linked_role("ecs.amazonaws.com", "AWSServiceRoleForECS")


@needs("ecs", "DeleteCluster", "ListAttributes", "ListContainerInstances", "UpdateCluster", "UpdateClusterSettings")
def of_a_cluster(call: Call) -> Iterator[Need]:
    yield _need(call, _cluster(call))


@needs("ecs", "PutClusterCapacityProviders")
def put_cluster_capacity_providers(call: Call) -> Iterator[Need]:
    yield _need(call, _cluster(call), {"ecs:capacity-provider": keys.text(call.params.get("capacityProviders"))})


@needs("ecs", "DescribeClusters")
def of_clusters(call: Call) -> Iterator[Need]:
    for one in call.params.get("clusters") or ["default"]:
        yield _need(call, _cluster(call, one))


@needs("ecs", "ListServices")
def list_services(call: Call) -> Iterator[Need]:
    yield _need(call, "*")


# Services and task sets ----------------------------------------------------------------------------------------------


@needs("ecs", "CreateService")
def create_service(call: Call) -> Iterator[Need]:
    yield _need(call, _service(call))
    yield from _tagging(call, _service(call))
    yield from passed(call.params.get("role"), "ecs.amazonaws.com")


@needs("ecs", "DeleteService", "ListServiceDeployments", "UpdateService", "UpdateServicePrimaryTaskSet")
def of_a_service(call: Call) -> Iterator[Need]:
    yield _need(call, _service(call))


@needs("ecs", "DescribeServices")
def of_services(call: Call) -> Iterator[Need]:
    for one in call.params["services"] or ["*"]:
        yield _need(call, _service(call, one))


@needs("ecs", "CreateTaskSet")
def create_task_set(call: Call) -> Iterator[Need]:
    """By both readings of the reference: it names the task set, which has no id yet, and it has a line without one."""
    own = {"ecs:service": (_service(call),)}
    yield _need(call, _task_set(call), own)
    yield _need(call, "*", own)
    yield from _tagging(call, _task_set(call))


@needs("ecs", "DeleteTaskSet", "UpdateTaskSet")
def of_a_task_set(call: Call) -> Iterator[Need]:
    yield _need(call, _task_set(call, call.params["taskSet"]), {"ecs:service": (_service(call),)})


@needs("ecs", "DescribeTaskSets")
def of_task_sets(call: Call) -> Iterator[Need]:
    for one in call.params.get("taskSets") or ["*"]:
        yield _need(call, _task_set(call, one), {"ecs:service": (_service(call),)})


# Task definitions ----------------------------------------------------------------------------------------------------


@needs("ecs", "RegisterTaskDefinition")
def register_task_definition(call: Call) -> Iterator[Need]:
    """By both readings of the reference, as a task set: it had no resource for a long time, and policies say ``*``."""
    params = call.params
    made = arn(call, "ecs", f"task-definition/{params['family']}:*")
    own = {
        "ecs:compute-compatibility": keys.text(params.get("requiresCompatibilities")),
        "ecs:privileged": keys.text(any(one.get("privileged") for one in params["containerDefinitions"])),
        "ecs:task-cpu": keys.text(params.get("cpu")),
        "ecs:task-memory": keys.text(params.get("memory")),
    }
    yield _need(call, made, own)
    yield _need(call, "*", own)
    yield from _tagging(call, made)
    for role in _roles(params.get("taskRoleArn"), params.get("executionRoleArn")):
        yield from passed(role, TASKS)


def _roles(*named: str | None) -> list[str]:
    return list(dict.fromkeys(role for role in named if role))


@needs("ecs", "DeleteTaskDefinitions")
def delete_task_definitions(call: Call) -> Iterator[Need]:
    for one in call.params["taskDefinitions"] or ["*:*"]:
        yield _need(call, _task_definition(call, one))


# Tasks ---------------------------------------------------------------------------------------------------------------


@needs("ecs", "RunTask", "StartTask")
def run_task(call: Call) -> Iterator[Need]:
    """The roles of the task definition, or those that the request gives instead, are passed again."""
    resource = _task_definition(call, call.params["taskDefinition"])
    family, _, revision = resource.rpartition("/")[2].rpartition(":")
    kept: Any = ecs_backends[ACCOUNT][call.region].task_definitions.get(family, {})
    registered = kept.get(int(revision)) if revision.isdecimal() else None
    instances = [_in_cluster(call, "container-instance", one) for one in call.params.get("containerInstances", ())]
    yield _need(call, resource, {"ecs:container-instances": tuple(instances)})
    yield from _tagging(call, arn(call, "ecs", f"task/{_name(call.params.get('cluster'))}/*"))
    overrides = call.params.get("overrides", {})
    for role in _roles(
        overrides.get("taskRoleArn") or getattr(registered, "task_role_arn", None),
        overrides.get("executionRoleArn") or getattr(registered, "execution_role_arn", None),
    ):
        yield from passed(role, TASKS)


@needs("ecs", "ListTasks")
def list_tasks(call: Call) -> Iterator[Need]:
    """https://github.com/cdklabs/construct-hub/pull/1207: on ``*``, unless it is of a container instance."""
    instance = call.params.get("containerInstance")
    yield _need(call, _in_cluster(call, "container-instance", instance) if instance else "*")


@needs("ecs", "StopTask")
def stop_task(call: Call) -> Iterator[Need]:
    yield _need(call, _in_cluster(call, "task", call.params["task"]))


@needs("ecs", "DescribeTasks", "GetTaskProtection", "UpdateTaskProtection")
def of_tasks(call: Call) -> Iterator[Need]:
    for one in call.params.get("tasks") or ["*"]:
        yield _need(call, _in_cluster(call, "task", one))


@needs("ecs", "ExecuteCommand")
def execute_command(call: Call) -> Iterator[Need]:
    task = _in_cluster(call, "task", call.params["task"])
    own = {"ecs:container-name": keys.text(call.params.get("container")), "ecs:task": (task,)}
    yield _need(call, _cluster(call), own)
    yield _need(call, task, own)


# The rest ------------------------------------------------------------------------------------------------------------


@needs("ecs", "DescribeContainerInstances", "UpdateContainerInstancesState")
def of_container_instances(call: Call) -> Iterator[Need]:
    for one in call.params["containerInstances"] or ["*"]:
        yield _need(call, _in_cluster(call, "container-instance", one))


@needs("ecs", "DeregisterContainerInstance", "RegisterContainerInstance")
def of_the_instances_cluster(call: Call) -> Iterator[Need]:
    yield _need(call, _cluster(call))
    yield from _tagging(call, arn(call, "ecs", f"container-instance/{_name(call.params.get('cluster'))}/*"))


@needs("ecs", "DeleteAttributes", "PutAttributes")
def of_attributes(call: Call) -> Iterator[Need]:
    for one in dict.fromkeys(one.get("targetId", "*") for one in call.params["attributes"] or [{}]):
        yield _need(call, _in_cluster(call, "container-instance", one))


@needs("ecs", "CreateCapacityProvider", "DeleteCapacityProvider", "UpdateCapacityProvider")
def of_a_capacity_provider(call: Call) -> Iterator[Need]:
    resource = arn(
        call, "ecs", f"capacity-provider/{_name(call.params.get('name') or call.params['capacityProvider'])}"
    )
    yield _need(call, resource)
    yield from _tagging(call, resource)


@needs("ecs", "DescribeCapacityProviders")
def of_capacity_providers(call: Call) -> Iterator[Need]:
    for one in call.params.get("capacityProviders") or ["*"]:
        yield _need(call, arn(call, "ecs", f"capacity-provider/{_name(one)}"))


@needs("ecs", "DeleteAccountSetting", "PutAccountSetting", "PutAccountSettingDefault")
def of_a_setting(call: Call) -> Iterator[Need]:
    yield _need(call, "*", {"ecs:account-setting": keys.text(call.params["name"])})


@needs("ecs", "ListTagsForResource", "TagResource", "UntagResource")
def of_tags(call: Call) -> Iterator[Need]:
    yield _need(call, call.params["resourceArn"], {"ecs:CreateAction": ()})
