"""One task's life, from PROVISIONING to STOPPED."""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.images import Image
from sandbox.network import ends
from sandbox.scheduler import moto_state, pull
from sandbox.scheduler.address import free_address
from sandbox.scheduler.container import Container
from sandbox.scheduler.order import Order
from sandbox.scheduler.records import ContainerRecord, TaskRecord, utcnow
from sandbox.scheduler.roles import Roles
from sandbox.scheduler.spec import SetSpec, TargetSpec
from sandbox.scheduler.tools import StartError, Tools
from sandbox.scheduler.way import Way

log = logging.getLogger(__name__)


class Task:
    """A task of a task set. `run` is its whole life; `stop` asks for its end."""

    def __init__(
        self,
        tools: Tools,
        spec: SetSpec,
        subnet: str,
        launched_at: float,
        event: Callable[[str], None],
        changed: Callable[[], None],
    ):
        self.spec = spec
        self.subnet = subnet
        self.registered: list[TargetSpec] = []
        self.launched_at = launched_at
        """AWS seconds; the same for all tasks that are launched together."""

        self.started_at: float | None = None
        """AWS seconds, when RUNNING was reached."""

        self._tools = tools
        self._event = event
        self._changed = changed
        self._definition = spec.task_definition
        self._stop = asyncio.Event()
        self._hurried = asyncio.Event()
        self._containers: list[Container] = []
        self._order = Order([])
        platform = self._definition.runtime_platform or {}
        self._platform = str(platform.get("cpuArchitecture") or "X86_64")
        containers = self._definition.container_definitions
        self.address = free_address(mapping["containerPort"] for item in containers for mapping in _ports(item))
        self.record = self._new_record()
        name = f"task {self.record.id} of {spec.service_name}"
        self.place = ends.interface(spec.region, name, subnet, spec.security_groups, public=spec.public)
        self.roles = Roles(spec, self.record.id, self.place)

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def alive(self) -> bool:
        """Whether it counts for the desired count."""
        return self.record.desired_status == "RUNNING"

    @property
    def running(self) -> bool:
        return self.record.last_status == "RUNNING"

    @property
    def stopped(self) -> bool:
        return self.record.last_status == "STOPPED"

    @property
    def task_definition(self) -> Any:
        return self._definition

    @property
    def service(self) -> tuple[str, str, str]:
        return self.spec.region, self.spec.cluster_name, self.spec.service_name

    @property
    def reserved(self) -> tuple[float, float]:
        return float(self._definition.cpu or 0), float(self._definition.memory or 0)

    @property
    def pids(self) -> list[int]:
        return [pid for container in self._containers if (pid := container.pid) is not None]

    def _new_record(self) -> TaskRecord:
        spec, definition = self.spec, self._definition
        task_id = uuid4().hex
        arn = f"arn:aws:ecs:{spec.region}:{spec.account}:task/{spec.cluster_name}/{task_id}"
        attachment = str(uuid4())
        record = TaskRecord(
            task_arn=arn,
            cluster_arn=spec.cluster_arn,
            cluster_name=spec.cluster_name,
            task_definition_arn=definition.arn,
            group=f"service:{spec.service_name}",
            started_by=spec.id,
            launch_type=spec.launch_type,
            platform_version="1.4.0" if spec.launch_type == "FARGATE" else None,
            platform_family="Linux" if spec.launch_type == "FARGATE" else None,
            cpu=definition.cpu,
            memory=definition.memory,
            availability_zone=None,
            attributes=[{"name": "ecs.cpu-architecture", "value": self._platform.lower()}],
            attachments=[_network_interface(attachment, self.subnet, self.address)],
            tags=[{"key": key, "value": value} for key, value in spec.tags],
        )
        for item in definition.container_definitions:
            memory, reservation = item.get("memory"), item.get("memoryReservation")
            record.containers.append(
                ContainerRecord(
                    container_arn=f"{arn.replace(':task/', ':container/')}/{uuid4()}",
                    task_arn=arn,
                    name=item["name"],
                    image=item["image"],
                    cpu=str(item.get("cpu", 0)),
                    memory=str(memory) if memory else None,
                    memory_reservation=str(reservation) if reservation else None,
                    network_interfaces=[{"attachmentId": attachment, "privateIpv4Address": self.address}],
                )
            )
            record.containers[-1].runtime_id = f"{task_id}-{random.randrange(10**10)}"
        return record

    def stop(self, code: str, reason: str) -> None:
        """Ask for the end; the first reason given stays."""
        if self.record.stop_code is None:
            self.record.stop_code, self.record.stopped_reason = code, reason
        self.record.desired_status = "STOPPED"
        self._changed()
        self._stop.set()

    def _be(self, status: str) -> None:
        self.record.set_status(status)
        self._changed()

    async def run(self) -> None:
        """Live, and always end as STOPPED."""
        ends.put(self.address, self.place)
        try:
            await self._start()
            await self._until_over()
        except StartError as failure:
            self.stop("TaskFailedToStart", str(failure))
        except Exception as error:
            log.exception("task %s", self.id)
            self.stop("TaskFailedToStart", f"InternalError: {error!r}")
        try:
            await self._end()
        except Exception:
            # A bug must not leave a task that counts for ever.
            log.exception("task %s", self.id)
            self.kill()
            self._be("STOPPED")
        finally:
            ends.remove(self.address)

    # Start ------------------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        record, definition = self.record, self._definition
        if self.subnet:
            record.availability_zone = await self._tools.clients.locked(
                lambda: moto_state.availability_zone(self.spec.account, self.spec.region, self.subnet)
            )
        record.connectivity_at = utcnow()
        self._be("PENDING")
        await self._take_roles()
        for volume in definition.volumes or []:
            pull.check_volume(volume)
        pull.check_platform(self._platform)
        for item in definition.container_definitions:
            pull.check_modelled(item)
        way = Way(self._tools.clock, self.place, self._rest)
        start = pull.Start(self._tools, self.spec.region, self.roles.execution, way)
        items = list(zip(definition.container_definitions, record.containers, strict=True))
        await start.authorize([item["image"] for item, _ in items])
        secrets = [await start.read_secrets(item) for item, _ in items]
        record.pull_started_at = utcnow()
        images = [await self._pull(start, item, shown) for item, shown in items]
        record.pull_stopped_at = utcnow()
        for (item, shown), values, image in zip(items, secrets, images, strict=True):
            logs = await start.open_logs(item, self.id)
            environment = {entry["name"]: entry["value"] for entry in item.get("environment") or []} | values
            environment |= self._given(item, shown)
            self._containers.append(Container(item, shown, image, environment, logs, self._tools.clock))
        self._order = Order(self._containers)
        if self._stop.is_set() or not await self._start_containers():
            return
        self._be("ACTIVATING")
        await self._register()
        record.started_at = utcnow()
        self.started_at = self._tools.clock.now()
        if not self._stop.is_set():
            self._be("RUNNING")

    async def _start_containers(self) -> bool:
        """Whether all of them have started, which takes as long as those that others depend on."""
        starting = asyncio.create_task(self._order.start())
        over = asyncio.create_task(self._first_of(self._stop, *self._essential_exits()))
        await asyncio.wait({starting, over}, return_when=asyncio.FIRST_COMPLETED)
        started = starting.done()
        for one in (starting, over):
            one.cancel()
        await asyncio.wait({starting, over})
        if started:
            starting.result()
        return started

    async def _rest(self, until: float) -> bool:
        """Wait until this moment, or for being asked to stop: whether that came."""
        await self._first_of(self._stop, until=until)
        return self._stop.is_set()

    async def _take_roles(self) -> None:
        try:
            await self._tools.clients.locked(self.roles.take)
        except StartError as failure:
            # AWS launches no task then; here one is there, and stops.
            self._event(f"failed to launch a task with (error {failure}).")
            raise

    async def _pull(self, start: pull.Start, item: dict[str, Any], shown: ContainerRecord) -> Image:
        try:
            return await start.pull_image(item["image"], self._platform)
        except StartError as failure:
            shown.reason = str(failure)
            raise

    def _given(self, item: dict[str, Any], shown: ContainerRecord) -> dict[str, str]:
        """What the platform itself puts into a container's environment."""
        settings, region = self._tools.settings, self.spec.region
        given = {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            "ECS_CONTAINER_METADATA_URI_V4": f"{settings.data_plane_url}/_metadata/{self.id}/v4/{shown.runtime_id}",
            "HOSTNAME": f"ip-{self.address.replace('.', '-')}.ec2.internal",
        }
        if self.roles.task is not None:
            # AWS_CONTAINER_CREDENTIALS_RELATIVE_URI on AWS, which is below 169.254.170.2: nobody here has that address.
            given["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{settings.data_plane_url}/_metadata/{self.id}/credentials"
            given["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = self.roles.token
        ports = _ports(item)
        if ports:
            # There is no network namespace: each task listens on its own loopback address instead.
            given["LISTEN_ADDR"] = f"{self.address}:{ports[0]['containerPort']}"
        return given

    async def _register(self) -> None:
        for target in self.spec.targets:
            try:
                await self._tools.ecs.call(
                    "elbv2",
                    self.spec.region,
                    "register_targets",
                    TargetGroupArn=target.target_group_arn,
                    Targets=[{"Id": self.address, "Port": target.port}],
                )
            except (ClientError, BotoCoreError) as error:
                failed = f"failed to register targets in (target-group {target.target_group_arn})"
                self._event(f"{failed} with (error {error})")
                raise StartError(failed) from error
            self.registered.append(target)
            self._event(f"registered 1 targets in (target-group {target.target_group_arn})")

    # Life -------------------------------------------------------------------------------------------------------------

    async def _until_over(self) -> None:
        """Until somebody asks for the end, or an essential container exits."""
        await self._first_of(self._stop, *self._essential_exits())
        if not self._stop.is_set():
            self.stop("EssentialContainerExited", "Essential container in task exited")

    def check_health(self) -> None:
        """Bring the task's health up to date with that of its essential containers that have a health check."""
        checked = [container.record.health_status for container in self._containers if _is_checked(container)]
        if "UNHEALTHY" in checked:
            self.record.health_status = "UNHEALTHY"
        elif checked:
            self.record.health_status = "HEALTHY" if set(checked) == {"HEALTHY"} else "UNKNOWN"

    @property
    def has_health_check(self) -> bool:
        return any(_is_checked(container) for container in self._containers)

    # End --------------------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        record = self.record
        record.stopping_at = utcnow()
        self._be("DEACTIVATING")
        await self._drain()
        self._be("STOPPING")
        await self._order.stop()
        record.execution_stopped_at = utcnow()
        for shown in record.containers:
            shown.last_status = "STOPPED"
        for attachment in record.attachments:
            attachment["status"] = "DELETED"
        self._be("DEPROVISIONING")
        record.stopped_at = utcnow()
        self._be("STOPPED")

    async def _drain(self) -> None:
        """Deregister first, so that no new request comes; what is in flight has the group's deregistration delay."""
        if self._hurried.is_set():
            return
        delay = 0.0
        for target in self.registered:
            delay = max(delay, self._tools.targets.deregistration_delay(target.target_group_arn))
            try:
                await self._tools.ecs.call(
                    "elbv2",
                    self.spec.region,
                    "deregister_targets",
                    TargetGroupArn=target.target_group_arn,
                    Targets=[{"Id": self.address, "Port": target.port}],
                )
                self._event(f"deregistered 1 targets in (target-group {target.target_group_arn})")
            except (ClientError, BotoCoreError) as error:
                log.info("target group %s went before its targets: %s", target.target_group_arn, error)
        if not self.registered:
            return
        self.registered = []
        self._event("has begun draining connections on 1 tasks.")
        # Nothing is left to wait for once the process is gone, or the sandbox goes.
        await self._first_of(self._hurried, *self._essential_exits(), until=self._tools.clock.now() + delay)

    def _essential_exits(self) -> list[asyncio.Event]:
        return [container.exited for container in self._containers if container.essential]

    async def _first_of(self, *events: asyncio.Event, until: float = math.inf) -> None:
        waits = [self._tools.clock.until(until), *(event.wait() for event in events)]
        tasks = [asyncio.create_task(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def hurry(self) -> None:
        """The sandbox is stopping: no draining any more."""
        self._hurried.set()
        self.stop("ServiceSchedulerInitiated", "The sandbox was stopped")

    def kill(self) -> None:
        for container in self._containers:
            container.kill()


def _is_checked(container: Container) -> bool:
    return container.essential and bool(container.definition.get("healthCheck"))


def _ports(container: dict[str, Any]) -> list[dict[str, Any]]:
    return list(container.get("portMappings") or [])


def _network_interface(id: str, subnet: str, address: str) -> dict[str, Any]:
    """The attachment that stands for the task's network interface; its address is the real one."""
    return {
        "id": id,
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [
            {"name": "subnetId", "value": subnet},
            {"name": "networkInterfaceId", "value": f"eni-{uuid4().hex[:17]}"},
            {"name": "macAddress", "value": "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))},
            {"name": "privateDnsName", "value": f"ip-{address.replace('.', '-')}.ec2.internal"},
            {"name": "privateIPv4Address", "value": address},
        ],
    }
