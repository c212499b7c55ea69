"""ECR: what is pushed is kept, for tasks to run; a tag that moves leaves its image; scanning can be without rules."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from sandbox.aws import context
from sandbox.aws.patch import replaces
from sandbox.images import BlobStore

_blobs: BlobStore | None = None


def connect(blobs: BlobStore) -> None:
    """Where layers are kept from now on: moto alone counts the bytes of a layer and throws them away."""
    global _blobs
    _blobs = blobs


class ImageTagAlreadyExistsException(ServiceException):  # type: ignore[misc]
    """AWS's answer when an immutable tag would move; moto has another code for it."""

    code = "ImageTagAlreadyExistsException"

    def __init__(self, repository: str, tag: str):
        super().__init__(
            f"The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten because "
            "the tag is immutable."
        )


@replaces(ECRBackend)
def complete_layer_upload(
    self: ECRBackend, repository_name: str, upload_id: str, *args: Any, **kwargs: Any
) -> dict[str, Any]:
    upload = self._get_repository(repository_name).uploads.get(upload_id)
    content = bytes(upload.layer_parts) if upload else b""
    answer = complete_layer_upload.moto(self, repository_name, upload_id, *args, **kwargs)
    if _blobs is not None:
        _blobs.save(answer["layerDigest"], content)
    return answer


@replaces(ECRResponse)
def get_download_url_for_layer(self: ECRResponse) -> ActionResult:
    """The data plane has the layers."""
    digest = self._get_param("layerDigest")
    url = f"{context.settings.data_plane_url}/_sandbox/blobs/{digest}"
    return ActionResult({"downloadUrl": url, "layerDigest": digest})


@replaces(ECRBackend)
def put_image(
    self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: Any, **kwargs: Any
) -> Any:
    """When a tag moves, moto deletes the image that had it; on AWS it stays, by its digest, and so do its tasks."""
    repository = self._get_repository(repository_name)
    try:
        self._resolve_image_tag_mutability(repository, image_tag)
    except ImageAlreadyExistsException:
        raise ImageTagAlreadyExistsException(repository_name, image_tag) from None
    for image in repository.images:
        if image.image_manifest != image_manifest and image_tag in image.image_tags:
            image.image_tags.remove(image_tag)
            image.image_tag = image.image_tags[-1] if image.image_tags else None
    return put_image.moto(self, repository_name, image_manifest, image_tag, *args, **kwargs)


@replaces(ECRBackend)
def put_registry_scanning_configuration(
    self: ECRBackend, scan_type: str | None, rules: list[dict[str, Any]] | None
) -> None:
    """moto fails without rules, and from then on at each new repository."""
    put_registry_scanning_configuration.moto(self, scan_type or "BASIC", rules or [])
