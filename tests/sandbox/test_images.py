"""`python -m sandbox push`: what it registers, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.images import native_architecture
from sandbox.launch import Sandbox
from tests.sandbox.running_stack import Clients

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def push(sandbox: Sandbox, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "push", *map(str, arguments)],
        env=sandbox.environment | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_push_creates_the_repository_and_prints_the_uri_with_its_digest(
    sandbox: Sandbox, client: Clients, name: str, binary: Path
) -> None:
    result = push(sandbox, f"{name}/api:one", "--binary", binary, "--env", "RELEASE=Green", "--env", "EMPTY=")

    assert result.returncode == 0, result.stderr
    ecr = client("ecr")
    (image,) = ecr.describe_images(repositoryName=f"{name}/api")["imageDetails"]
    assert result.stdout == f"{REGISTRY}/{name}/api@{image['imageDigest']}\n"
    assert image["imageTags"] == ["one"]
    (found,) = ecr.batch_get_image(repositoryName=f"{name}/api", imageIds=[{"imageTag": "one"}])["images"]
    assert "sha256:" + hashlib.sha256(found["imageManifest"].encode()).hexdigest() == image["imageDigest"]


def test_the_binary_can_be_fetched_by_its_digest(sandbox: Sandbox, client: Clients, name: str, binary: Path) -> None:
    assert push(sandbox, f"{name}:one", "--binary", binary, "--env", "A=1").returncode == 0
    ecr = client("ecr")
    found = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "one"}])["images"][0]
    manifest = json.loads(found["imageManifest"])

    def fetch(digest: str) -> bytes:
        import urllib.request

        url = ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest)["downloadUrl"]
        return bytes(urllib.request.urlopen(url).read())

    assert fetch(manifest["layers"][0]["digest"]) == binary.read_bytes()
    config = json.loads(fetch(manifest["config"]["digest"]))
    assert config["architecture"] == {"arm64": "arm64", "x86_64": "amd64"}[native_architecture()]
    assert config["config"] == {"Entrypoint": ["/image"], "Env": ["A=1"]}


def test_the_same_input_gives_the_same_digest(sandbox: Sandbox, name: str, binary: Path) -> None:
    pushed = [push(sandbox, f"{name}:one", "--binary", binary, "--env", "A=1").stdout for _ in range(2)]
    other = push(sandbox, f"{name}:two", "--binary", binary, "--env", "A=2").stdout

    assert pushed[0] == pushed[1]
    assert other.startswith(REGISTRY)
    assert other != pushed[0]


def test_a_moved_tag_leaves_the_old_image_where_it_is_by_digest(
    sandbox: Sandbox, client: Clients, name: str, binary: Path
) -> None:
    old = push(sandbox, f"{name}:one", "--binary", binary).stdout.strip().split("@")[1]
    new = push(sandbox, f"{name}:one", "--binary", binary, "--env", "A=2").stdout.strip().split("@")[1]

    images = client("ecr").describe_images(repositoryName=name)["imageDetails"]
    assert {image["imageDigest"]: image.get("imageTags") or [] for image in images} == {old: [], new: ["one"]}


def test_an_immutable_tag_is_not_moved(sandbox: Sandbox, client: Clients, name: str, binary: Path) -> None:
    client("ecr").create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    first = push(sandbox, f"{name}:one", "--binary", binary)

    again = push(sandbox, f"{name}:one", "--binary", binary)
    other = push(sandbox, f"{name}:one", "--binary", binary, "--env", "A=2")

    assert again.stdout == first.stdout
    assert other.returncode == 1
    assert other.stderr == (
        f"error: ImageTagAlreadyExistsException: The image tag 'one' already exists in the '{name}' repository and "
        "cannot be overwritten because the tag is immutable.\n"
    )


def elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + machine.to_bytes(2, "little")


@pytest.mark.parametrize(("machine", "architecture"), [(0x3E, "x86_64"), (0xB7, "arm64")])
def test_the_architecture_is_the_binarys_own(
    sandbox: Sandbox, name: str, binary: Path, machine: int, architecture: str
) -> None:
    binary.write_bytes(elf(machine))
    other = "arm64" if architecture == "x86_64" else "x86_64"

    right = push(sandbox, f"{name}:one", "--binary", binary, "--architecture", architecture)
    wrong = push(sandbox, f"{name}:one", "--binary", binary, "--architecture", other)

    assert right.returncode == 0
    assert (wrong.returncode, wrong.stderr) == (1, f"error: {binary} is built for {architecture}, not for {other}\n")


def test_push_says_what_is_wrong(sandbox: Sandbox, tmp_path: Path, binary: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    missing = tmp_path / "missing"

    def error(*arguments: str | Path, **environment: str) -> str:
        result = push(sandbox, *arguments, **environment)
        assert (result.returncode, result.stdout) == (1, "")
        return result.stderr.removeprefix("error: ").strip()

    assert error("api:one", "--binary", missing) == (
        f"no such file: {missing} (build it first; the example image: make image)"
    )
    assert error("api:one", "--binary", plain) == f"{plain} is not executable"
    assert error("API", "--binary", binary) == (
        "the image must look like REPOSITORY:TAG, for example api:print-green; got API"
    )
    assert error("api:one", "--binary", binary, "--env", "A") == "--env must look like KEY=VALUE, got A"
    assert error("api:one", "--binary", binary, AWS_ENDPOINT_URL="") == (
        "AWS_ENDPOINT_URL is not set: start the sandbox (make sandbox) and run the export lines it prints. "
        "For AWS itself, use docker push."
    )
    assert error("api:one", "--binary", binary, AWS_ENDPOINT_URL="https://ecr.us-east-1.amazonaws.com") == (
        "https://ecr.us-east-1.amazonaws.com is not a sandbox, which is always on 127.0.0.1. "
        "For AWS itself, use docker push."
    )
    silent = error("api:one", "--binary", binary, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert silent.startswith("no answer from http://127.0.0.1:1: is the sandbox running (make sandbox)? ")


def test_a_plain_moto_server_is_told_from_a_sandbox(sandbox: Sandbox, binary: Path) -> None:
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        result = push(sandbox, "api:one", "--binary", binary, AWS_ENDPOINT_URL=f"http://{host}:{port}")
    finally:
        moto.stop()

    assert result.returncode == 1
    assert result.stderr == f"error: http://{host}:{port} is not a Greenlight sandbox: it does not keep images\n"


def test_push_is_untroubled_by_the_users_shell(sandbox: Sandbox, name: str, binary: Path) -> None:
    troubles = {
        "AWS_PROFILE": "none-of-the-sandbox",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }

    result = push(sandbox, f"{name}:one", "--binary", binary, **troubles)

    assert (result.returncode, result.stderr) == (0, "")
