import json
import re
from pathlib import Path

import pytest
import yaml

from modules.inputs import MOST_CONTAINERS, Sidecar

from .conftest import MINIMAL, Loaded, Mistakes

CONTRACTS = Path(__file__).parents[2] / "contracts"
LIMITS = json.loads((CONTRACTS / "aws-limits.json").read_text())
OWN = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/collector:v1"
ELSEWHERE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"


def with_sidecar(keys: str, image: str = OWN) -> str:
    return MINIMAL + f"    sidecars: {{collector: {{image: '{image}', {keys}}}}}\n"


def test_what_aws_takes_of_a_task_is_what_the_sandbox_takes() -> None:
    assert LIMITS["task_containers"] == MOST_CONTAINERS


def test_a_task_has_one_container_and_writes_nowhere_unless_told_otherwise(loaded: Loaded) -> None:
    task = loaded(MINIMAL).task("api")

    assert (task.sidecars, task.writable_paths, task.ephemeral_storage_gib, task.log_mode) == (
        [],
        [],
        None,
        "non-blocking",
    )


def test_a_sidecar_ends_with_the_task_and_starts_before_the_service(loaded: Loaded) -> None:
    assert loaded(with_sidecar("")).task("api").sidecars == [
        Sidecar(name="collector", image=OWN, writable_paths=[], essential=True, start="START")
    ]


def test_every_setting_of_a_sidecar_reaches_its_container(loaded: Loaded) -> None:
    keys = """command: [--config, /etc/a.yaml], environment: {A: "1"}, essential: false, memory: 128, user: "4317:0",
      memory_reservation: 64, health_command: [CMD, /healthcheck], start: HEALTHY, writable_paths: [/tmp]"""

    assert loaded(with_sidecar(keys)).task("api").sidecars == [
        Sidecar(
            name="collector",
            image=OWN,
            command=["--config", "/etc/a.yaml"],
            environment={"A": "1"},
            essential=False,
            memory=128,
            memory_reservation=64,
            health_command=["CMD", "/healthcheck"],
            user="4317:0",
            start="HEALTHY",
            writable_paths=["/tmp"],
        )
    ]


@pytest.mark.parametrize("path", ["/tmp", "/var/cache/nginx", "/home/app/.cache", "/a..b", "/..a", "/devices"])
def test_a_folder_of_the_container_may_be_writable(loaded: Loaded, path: str) -> None:
    assert loaded(MINIMAL + f"    writable_paths: ['{path}']\n").services["api"].writable_paths == [path]


@pytest.mark.parametrize(
    "path", ["", "/", "tmp", "//tmp", "/tmp/", "/a/../b", "/a/.", "/..", "/a b", "/a:b", "/a//b", "/tmp\\n"]
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(mistakes: Mistakes, path: str) -> None:
    (line,) = mistakes(MINIMAL + f'    writable_paths: ["{path}"]\n')

    assert line.startswith(
        "services.api.writable_paths.0: must be an absolute path such as /var/cache/nginx, of letters, digits, "
        ". _ and -, without . or .. as a part and without a / at its end; / itself stays read-only, got "
    )


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ("/tmp, /tmp", "/tmp is given 2 times"),
        ("/var/a, /var", "/var/a is inside /var, which is writable as a whole: leave it out"),
        ("/proc/self", "/proc/self is the container runtime's own: choose a folder outside /dev, /proc, /sys"),
    ],
)
def test_writable_paths_that_do_not_go_together_are_refused(mistakes: Mistakes, paths: str, expected: str) -> None:
    assert mistakes(MINIMAL + f"    writable_paths: [{paths}]\n") == [f"services.api.writable_paths: {expected}"]
    assert mistakes(with_sidecar(f"writable_paths: [{paths}]")) == [
        f"services.api.sidecars.collector.writable_paths: {expected}"
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("start: HEALTHY", ".collector: start HEALTHY needs a health_command"),
        (
            "start: COMPLETE",
            ".collector: start COMPLETE waits for the sidecar's end, which must not end the task: essential: false",
        ),
        (
            "start: SUCCESS",
            ".collector: start SUCCESS waits for the sidecar's end, which must not end the task: essential: false",
        ),
        (
            "memory: 100, memory_reservation: 101",
            ".collector: memory must be at least memory_reservation, got 100 and 101",
        ),
        (
            "health_command: [/healthcheck]",
            ".collector.health_command: must be CMD or CMD-SHELL and then a command, got ['/healthcheck']",
        ),
        ("user: a b", ".collector.user: must be a user or user:group, each by its name or its number, got 'a b'"),
        ("command: []", ".collector.command: must not be empty, got [] (Default: the image's own)"),
    ],
)
def test_a_sidecar_that_ecs_would_refuse_is_refused(mistakes: Mistakes, keys: str, expected: str) -> None:
    assert mistakes(with_sidecar(keys)) == [f"services.api.sidecars{expected}"]


def test_all_mistakes_of_all_containers_are_named_at_once(mistakes: Mistakes) -> None:
    text = MINIMAL + (
        "    ephemeral_storage_gib: 20\n    log_mode: sometimes\n"
        "    sidecars: {a: {image: b, start: HEALTHY}, c: {image: d, memory: 3}}\n"
    )

    assert mistakes(text) == [
        "services.api.ephemeral_storage_gib: input should be greater than or equal to 21, got 20 "
        "(GiB of disk for all of a task's containers; default: Fargate's 20)",
        "services.api.log_mode: input should be 'non-blocking' or 'blocking', got 'sometimes' "
        "(While CloudWatch takes no logs, non-blocking loses lines and blocking halts the container)",
        "services.api.sidecars.a: start HEALTHY needs a health_command",
        "services.api.sidecars.c.memory: input should be greater than or equal to 6, got 3 "
        "(MiB, above which the sidecar is killed; default: the task's memory is its only limit)",
    ]


@pytest.mark.parametrize(
    ("container", "sidecar", "expected"),
    [
        ("", "memory: 513", "sidecars.collector.memory must be at most memory, 512, got 513"),
        (
            "memory_reservation: 500",
            "memory: 13",
            "what is kept for the containers must be at most memory, 512, got 500 + 13 of container, "
            "sidecars.collector",
        ),
        (
            "memory_reservation: 500",
            "memory: 500, memory_reservation: 13",
            "what is kept for the containers must be at most memory, 512, got 500 + 13 of container, "
            "sidecars.collector",
        ),
    ],
)
def test_a_tasks_memory_must_hold_its_containers(
    mistakes: Mistakes, container: str, sidecar: str, expected: str
) -> None:
    text = with_sidecar(sidecar) + f"    container: {{{container}}}\n"

    assert expected in [line.removeprefix("services.api: ") for line in mistakes(text)]


def test_containers_that_share_the_tasks_memory_to_the_last_byte_are_fine(loaded: Loaded) -> None:
    text = with_sidecar("memory: 500, memory_reservation: 12") + "    container: {memory_reservation: 500}\n"

    assert loaded(text).services["api"].sidecars["collector"].reserved == 12


@pytest.mark.parametrize("container", ["", "    container: {name: other}\n"])
def test_a_sidecar_has_not_the_name_of_the_services_container(mistakes: Mistakes, container: str) -> None:
    name = "other" if container else "api"
    text = MINIMAL + container + f"    sidecars: {{{name}: {{image: '{OWN}'}}}}\n"

    assert mistakes(text) == [f"services.api.sidecars: {name} is the name of the service's own container"]


def test_there_are_ten_containers_in_a_task_at_most(mistakes: Mistakes, loaded: Loaded) -> None:
    def several(count: int) -> str:
        return MINIMAL + "    sidecars:\n" + "".join(f"      s{n}: {{image: '{OWN}'}}\n" for n in range(count))

    assert len(loaded(several(9)).task("api").sidecars) == 9
    (line,) = mistakes(several(10))
    assert line.startswith("services.api.sidecars: dictionary should have at most 9 items")


def test_without_nat_a_sidecar_must_be_in_private_ecr_too(mistakes: Mistakes) -> None:
    assert mistakes(with_sidecar("", ELSEWHERE) + "network: {egress: endpoints}\n") == [
        "services.api.sidecars.collector.image: with network.egress endpoints the image must be in private ECR in "
        "eu-west-1, under its name <account>.dkr.ecr.eu-west-1.amazonaws.com, which is all that can be reached, "
        f"got {ELSEWHERE}"
    ]


def test_an_account_lets_releases_look_at_the_images_of_sidecars(loaded: Loaded) -> None:
    assert loaded(with_sidecar("")).managed("dev").repositories == [
        "arn:aws:ecr:eu-west-1:111111111111:repository/api",
        "arn:aws:ecr:eu-west-1:111111111111:repository/collector",
    ]


def test_what_the_guide_shows_are_settings(loaded: Loaded) -> None:
    guide = (CONTRACTS.parent / "docs" / "containers.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    given = yaml.safe_load(MINIMAL)

    tasks = []
    for block in blocks:
        api = given["services"]["api"] | yaml.safe_load(block)["services"]["api"]
        tasks.append(loaded(yaml.safe_dump(given | {"services": {"api": api}})).task("api"))

    assert [[one.name for one in task.sidecars] for task in tasks] == [["collector"], ["collector"]]
