"""Images: a locally built binary, pushed to the sandbox's ECR. There is no Docker engine here.

``python -m sandbox push REPOSITORY:TAG --binary PATH`` does what ``docker push`` does, through ECR's own public API:
the binary and an OCI image config go up as layers (InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload), then
PutImage ties both together in an OCI manifest. The digest is the manifest's sha256, so the same input always gives the
same digest. The image holds one file, as an image built ``FROM scratch`` does: no shell, no libraries.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.clients import error_code, error_message, local_client
from sandbox.state import DEFAULT_REGION

ARCHITECTURES = {"arm64": "arm64", "x86_64": "amd64"}
"""The name people use (and AWS, in capitals) -> the name in an OCI config."""

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
BINARY = "application/vnd.greenlight.sandbox.binary"
"""Media type of the only layer: the executable itself, not an archive."""

ELF_MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
_NAME = re.compile(r"(?P<repository>[a-z0-9]+(?:[._/-][a-z0-9]+)*):(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127})")


def native_architecture() -> str:
    """``arm64`` or ``x86_64``: what this machine runs."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


# In the sandbox -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Image:
    """A pushed image, ready to run."""

    uri: str
    digest: str
    architecture: str
    """``arm64`` or ``x86_64``."""

    binary: Path
    entrypoint: list[str]
    """As in the image: ``["/image"]``; its first word stands for `binary`."""

    environment: dict[str, str]


class BlobStore:
    """The layers of pushed images, as files named by their sha256."""

    def __init__(self, folder: Path):
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        return self._folder / digest.replace(":", "-")

    def save(self, digest: str, content: bytes) -> None:
        path = self.path(digest)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(content)
        part.chmod(0o755)
        part.replace(path)

    def load_image(self, uri: str, digest: str, manifest: str) -> Image:
        """The image of a manifest. Raises LookupError, in words for a task's stoppedReason."""
        document = json.loads(manifest)
        layers = document.get("layers", [])
        if [layer.get("mediaType") for layer in layers] != [BINARY]:
            raise LookupError("the sandbox runs images pushed with `python -m sandbox push` only")
        config_path, binary = self.path(document["config"]["digest"]), self.path(layers[0]["digest"])
        if not config_path.exists() or not binary.exists():
            raise LookupError("a layer of the image is missing: push it again")
        config = json.loads(config_path.read_bytes())
        names = {oci: ours for ours, oci in ARCHITECTURES.items()}
        return Image(
            uri=uri,
            digest=digest,
            architecture=names[config["architecture"]],
            binary=binary,
            entrypoint=config["config"]["Entrypoint"],
            environment=dict(item.split("=", 1) for item in config["config"]["Env"]),
        )


# The push command -----------------------------------------------------------------------------------------------------


class PushError(Exception):
    """Why an image was not pushed, for the person who typed the command."""


def push_command(argv: list[str]) -> int:
    """``python -m sandbox push``: prints the image's URI with its digest on stdout; 1 on an error, 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox push",
        description="Register a locally built binary as an image in the sandbox's ECR ($AWS_ENDPOINT_URL).",
    )
    parser.add_argument("name", metavar="REPOSITORY:TAG", help="the repository is created when it does not exist")
    parser.add_argument("--binary", metavar="PATH", required=True, type=Path, help="the executable: all the image has")
    parser.add_argument(
        "--env", metavar="KEY=VALUE", action="append", default=[], help="baked into the image; may be repeated"
    )
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), help="default: the binary's own")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    arguments = parser.parse_args(argv)
    try:
        uri = push(
            arguments.name,
            arguments.binary,
            environment=_environment(arguments.env),
            architecture=arguments.architecture,
            endpoint_url=_endpoint_url(),
            region=arguments.region or DEFAULT_REGION,
        )
    except PushError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(uri)
    return 0


def push(
    name: str, binary: Path, *, environment: dict[str, str], architecture: str | None, endpoint_url: str, region: str
) -> str:
    """Push, and return ``<registry>/<repository>@sha256:…``. Pushing the same again changes nothing; another binary
    under the same tag moves the tag, unless the repository's tags are immutable."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise PushError(f"the image must look like REPOSITORY:TAG, for example api:print-green; got {name}")
    repository, tag = match["repository"], match["tag"]
    content = _read_binary(binary)
    architecture = _architecture(binary, content, architecture)
    config = json.dumps(
        {
            "architecture": ARCHITECTURES[architecture],
            "os": "linux",
            "config": {
                "Entrypoint": [f"/{binary.name}"],
                "Env": [f"{key}={value}" for key, value in sorted(environment.items())],
            },
            "rootfs": {"type": "layers", "diff_ids": [_digest(content)]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": _digest(config)},
            "layers": [{"mediaType": BINARY, "size": len(content), "digest": _digest(content)}],
        }
    )
    ecr = local_client("ecr", region, endpoint_url)
    try:
        registry = _repository_uri(ecr, repository)
        for blob in (content, config):
            _upload(ecr, repository, blob)
        digest = _tag_image(ecr, repository, tag, manifest)
    except BotoCoreError as error:
        raise PushError(f"no answer from {endpoint_url}: is the sandbox running (make sandbox)? ({error})") from error
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise PushError(f"{endpoint_url} is not a Greenlight sandbox: it does not keep images") from error
        raise PushError(f"{error_code(error)}: {error_message(error)}") from error
    return f"{registry}@{digest}"


def _endpoint_url() -> str:
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if not url:
        raise PushError(
            "AWS_ENDPOINT_URL is not set: start the sandbox (make sandbox) and run the export lines it prints. "
            "For AWS itself, use docker push."
        )
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise PushError(f"{url} is not a sandbox, which is always on 127.0.0.1. For AWS itself, use docker push.")
    return url


def _environment(items: list[str]) -> dict[str, str]:
    for item in items:
        if not re.fullmatch(r"[^=\s]+=.*", item, re.DOTALL):
            raise PushError(f"--env must look like KEY=VALUE, got {item}")
    return dict(item.split("=", 1) for item in items)


def _read_binary(path: Path) -> bytes:
    if not path.is_file():
        raise PushError(f"no such file: {path} (build it first; the example image: make image)")
    if not os.access(path, os.X_OK):
        raise PushError(f"{path} is not executable")
    return path.read_bytes()


def _architecture(path: Path, content: bytes, wanted: str | None) -> str:
    """What the binary's own header says; a script has none and is taken for what was asked, or this machine's."""
    actual = None
    if content[:4] == b"\x7fELF":
        actual = ELF_MACHINES.get(int.from_bytes(content[18:20], "little"))
    if actual and wanted and actual != wanted:
        raise PushError(f"{path} is built for {actual}, not for {wanted}")
    return wanted or actual or native_architecture()


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _repository_uri(ecr: Any, repository: str) -> str:
    try:
        answer = ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        answer = ecr.create_repository(repositoryName=repository)["repository"]
    return str(answer["repositoryUri"])


def _upload(ecr: Any, repository: str, content: bytes) -> None:
    """Upload a layer, unless it is there. Its URL is asked for last, as only a sandbox keeps what it is given."""
    digest = _digest(content)
    known = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest])
    if not known["layers"]:
        upload = ecr.initiate_layer_upload(repositoryName=repository)
        for start in range(0, len(content), upload["partSize"]):
            part = content[start : start + upload["partSize"]]
            ecr.upload_layer_part(
                repositoryName=repository,
                uploadId=upload["uploadId"],
                partFirstByte=start,
                partLastByte=start + len(part) - 1,
                layerPartBlob=part,
            )
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload["uploadId"], layerDigests=[digest])
    ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)


def _tag_image(ecr: Any, repository: str, tag: str, manifest: str) -> str:
    digest = _digest(manifest.encode())
    tagged = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])["images"]
    if [image["imageId"]["imageDigest"] for image in tagged] != [digest]:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest,
            imageManifestMediaType=MANIFEST,
            imageTag=tag,
            imageDigest=digest,
        )
    return digest
