"""A task of several containers: the sidecar is ready before the service, and a release and its rollback keep it all."""

from typing import Any

from tests.e2e.harness import Environment, poll


def running(environment: Environment) -> list[dict[str, Any]]:
    """The tasks of the service `api`."""
    ecs = environment.client("ecs")
    arns = ecs.list_tasks(cluster="shop", serviceName="shop-api", desiredStatus="RUNNING")["taskArns"]
    return [task for task in ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if task["lastStatus"] == "RUNNING"]


def definition(environment: Environment) -> dict[str, Any]:
    """The task definition that has the traffic."""
    (service,) = environment.client("ecs").describe_services(cluster="shop", services=["shop-api"])["services"]
    (live,) = (one["taskDefinition"] for one in service["taskSets"] if one["status"] == "PRIMARY")
    answer = environment.client("ecs").describe_task_definition(taskDefinition=live)
    return dict(answer["taskDefinition"])


def made_of(environment: Environment) -> dict[str, Any]:
    """What the settings say of a task, as ECS has it."""
    found = definition(environment)
    api, collector = found["containerDefinitions"]
    return {
        "names": [api["name"], collector["name"]],
        "waits": api["dependsOn"],
        "read-only": [api["readonlyRootFilesystem"], collector["readonlyRootFilesystem"]],
        "writes": [mount["containerPath"] for mount in api["mountPoints"]],
        "volumes": sorted(volume["name"] for volume in found["volumes"])
        == sorted(mount["sourceVolume"] for one in (api, collector) for mount in one["mountPoints"]),
        "disk": found["ephemeralStorage"],
        "modes": [one["logConfiguration"]["options"]["mode"] for one in (api, collector)],
        "memory": collector["memory"],
        "command": collector["command"],
        "user": collector["user"],
    }


MADE_OF = {
    "names": ["api", "collector"],
    "waits": [{"containerName": "collector", "condition": "HEALTHY"}],
    "read-only": [True, True],
    "writes": ["/tmp", "/var/cache/api"],
    "volumes": True,
    "disk": {"sizeInGiB": 30},
    "modes": ["blocking", "blocking"],
    "memory": 128,
    "command": ["--verbosity=basic"],
    "user": "65532:65532",
}


def logged(environment: Environment, container: str, task: str) -> list[dict[str, Any]]:
    stream = f"{container}/{container}/{task.rsplit('/', 1)[1]}"
    answer = environment.client("logs").filter_log_events(logGroupName="/ecs/shop/api", logStreamNames=[stream])
    return list(answer["events"])


def test_tasks_are_made_as_the_settings_say(shop_environment: Environment) -> None:
    assert made_of(shop_environment) == MADE_OF


def test_the_service_starts_once_its_sidecar_is_healthy_and_both_logs_can_be_read(
    shop_environment: Environment,
) -> None:
    tasks = poll("its tasks run", lambda: found if len(found := running(shop_environment)) >= 2 else None)
    for task in tasks:
        containers = {one["name"]: one for one in task["containers"]}
        assert {name: one["lastStatus"] for name, one in containers.items()} == {
            "api": "RUNNING",
            "collector": "RUNNING",
        }
        assert containers["collector"]["healthStatus"] == "HEALTHY"
        collector = logged(shop_environment, "collector", task["taskArn"])
        api = logged(shop_environment, "api", task["taskArn"])
        assert [event["message"] for event in collector] == ["warming up with traces", "collecting --verbosity=basic"]
        assert api[0]["timestamp"] >= collector[1]["timestamp"]


def go_back(environment: Environment) -> None:
    """On a busy machine the old tasks may go in the very moment in which they are asked for: then by a release."""
    rollback = environment.greenlight("rollback", "shop/api")
    if rollback.wait():
        assert "to go back nevertheless: greenlight rollback shop/api" in rollback.output, rollback.output
        environment.greenlight("rollback", "shop/api").succeed()


def test_a_release_and_its_rollback_keep_what_a_task_is_made_of(shop_environment: Environment) -> None:
    before = definition(shop_environment)
    shop_environment.greenlight("deploy", "shop/api", "--image", ":print-blue", "--until", "traffic").succeed()

    assert made_of(shop_environment) == MADE_OF
    api, collector = definition(shop_environment)["containerDefinitions"]
    assert "@sha256:" in api["image"]
    assert collector["image"].startswith("123456789012.dkr.ecr.us-east-1.amazonaws.com/collector@sha256:")
    shop_environment.greenlight("diff", "shop/api").succeed()

    go_back(shop_environment)

    assert made_of(shop_environment) == MADE_OF
    assert definition(shop_environment)["taskDefinitionArn"] == before["taskDefinitionArn"]
