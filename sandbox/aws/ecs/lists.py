"""ECS: clusters, task definitions and tasks as the API shows them. Tasks themselves are the scheduler's."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.responses import DESCRIBE_TASKS_TAGS
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.ecs.services import settle
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces


@replaces(Response)
def list_services(self: Response) -> ActionResult:
    """moto lists deleted services for ever."""
    backend = self.ecs_backend
    cluster = backend._get_cluster(self._get_param("cluster", "default"))
    launch_type, strategy = self._get_param("launchType"), self._get_param("schedulingStrategy")
    arns = [
        service.arn
        for service in backend.services.values()
        if service.cluster_name == cluster.name
        and settle(backend, service).status != "INACTIVE"
        and launch_type in (None, service.launch_type)
        and strategy in (None, service.scheduling_strategy)
    ]
    return _page(self, "serviceArns", sorted(arns), 10)


@replaces(Response)
def delete_cluster(self: Response) -> ActionResult:
    """moto deletes a cluster with everything still in it, so a wrong order of destruction would go unseen."""
    backend = self.ecs_backend
    cluster = backend._get_cluster(self._get_param("cluster"))
    services = [service for service in backend.services.values() if service.cluster_name == cluster.name]
    if any(settle(backend, service).status != "INACTIVE" for service in services):
        raise ECSException(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
        )
    if any(task.last_status != "STOPPED" for task in backend.tasks.get(cluster.name, {}).values()):
        raise ECSException("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    return delete_cluster.moto(self)


@replaces(Response)
def describe_clusters(self: Response) -> ActionResult:
    """moto counts what it was asked for, not what runs."""
    backend = self.ecs_backend
    for cluster in backend.clusters.values():
        services = [service for service in backend.services.values() if service.cluster_name == cluster.name]
        active = [service for service in services if settle(backend, service).status == "ACTIVE"]
        cluster.active_services_count = len(active)
        cluster.running_tasks_count = sum(service.running_count for service in services)
        cluster.pending_tasks_count = sum(service.pending_count for service in services)
    return describe_clusters.moto(self)


@replaces(Response)
def list_clusters(self: Response) -> ActionResult:
    arns = [cluster.arn for cluster in self.ecs_backend.clusters.values() if cluster.status == "ACTIVE"]
    return _page(self, "clusterArns", arns, 100)


@replaces(Response)
def list_task_definitions(self: Response) -> ActionResult:
    """moto ignores ``sort`` and ``maxResults``: ecspresso then finds no revision to go back to."""
    family = self._get_param("familyPrefix")
    status = self._get_param("status") or "ACTIVE"
    found = [
        definition
        for revisions in self.ecs_backend.task_definitions.values()
        for definition in revisions.values()
        if definition.status == status and family in (None, definition.family)
    ]
    found.sort(
        key=lambda definition: (definition.family, definition.revision), reverse=self._get_param("sort") == "DESC"
    )
    return _page(self, "taskDefinitionArns", [definition.arn for definition in found], 100)


@replaces(Response)
def list_tasks(self: Response) -> ActionResult:
    """moto ignores ``serviceName`` and mixes stopped tasks in, which AWS lists only when asked for."""
    backend = self.ecs_backend
    cluster = backend._get_cluster(self._get_param("cluster", "default"))
    service = self._get_param("serviceName")
    if service:
        service = backend._get_service(cluster.name, service.split("/")[-1]).name
    family = self._get_param("family")
    started_by = self._get_param("startedBy")
    desired = self._get_param("desiredStatus") or "RUNNING"
    arns = [
        task.task_arn
        for task in backend.tasks.get(cluster.name, {}).values()
        if task.desired_status == desired
        and (not service or task.group == f"service:{service}")
        and (not family or task.task_definition_arn.split("/")[-1].split(":")[0] == family)
        and started_by in (None, task.started_by)
        and self._get_param("launchType") in (None, task.launch_type)
    ]
    return _page(self, "taskArns", arns, 100)


@replaces(Response)
def describe_tasks(self: Response) -> ActionResult:
    """moto moves each task one state on whenever somebody looks, and says nothing of those it does not know."""
    backend = self.ecs_backend
    cluster = backend._get_cluster(self._get_param("cluster", "default"))
    asked = self._get_param("tasks") or []
    if not asked:
        raise InvalidParameterException("Tasks cannot be empty.")
    known = {arn.split("/")[-1]: task for arn, task in backend.tasks.get(cluster.name, {}).items()}
    tasks = [known[name.split("/")[-1]] for name in asked if name.split("/")[-1] in known]
    failures = [
        {"arn": cluster.arn.replace(":cluster/", ":task/") + "/" + name.split("/")[-1], "reason": "MISSING"}
        for name in asked
        if name.split("/")[-1] not in known
    ]
    # moto keeps this switch for all callers, so it is set at each call.
    (self._include_in_response if "TAGS" in (self._get_param("include") or []) else self._exclude_from_response)(
        DESCRIBE_TASKS_TAGS
    )
    return ActionResult({"tasks": tasks, "failures": failures})


@replaces(Response)
def stop_task(self: Response) -> ActionResult:
    """moto declares the task stopped on the spot; here its process gets SIGTERM and its stop timeout first."""
    backend = self.ecs_backend
    cluster = backend._get_cluster(self._get_param("cluster", "default"))
    name = self._get_param("task").split("/")[-1]
    for arn, task in backend.tasks.get(cluster.name, {}).items():
        if arn.split("/")[-1] == name:
            if task.desired_status != "STOPPED":
                task.desired_status = "STOPPED"
                task.stop_code = "UserInitiated"
                task.stopped_reason = self._get_param("reason") or "Task stopped by user"
            return ActionResult({"task": task})
    raise InvalidParameterException("The referenced task was not found.")


def _page(self: Response, key: str, items: list[str], size: int) -> ActionResult:
    token = self._get_param("nextToken") or "0"
    if not token.isdecimal() or int(token) > len(items):
        raise InvalidParameterException(f"Invalid token {token!r}: a token is the nextToken of the page before.")
    start = int(token)
    end = start + min(int(self._get_param("maxResults") or size), 100)
    page: dict[str, Any] = {key: items[start:end]}
    if end < len(items):
        page["nextToken"] = str(end)
    return ActionResult(page)


@replaces(Response)
def run_task(_response: Response) -> ActionResult:
    """Nothing would ever run it, and moto would call it RUNNING."""
    raise NotModelled("RunTask: tasks come from services only")


@replaces(Response)
def start_task(_response: Response) -> ActionResult:
    """As RunTask."""
    raise NotModelled("StartTask: tasks come from services only")
