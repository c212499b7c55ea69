"""From what a person says about an image to one that cannot change: pinned by its digest."""

import re
from dataclasses import dataclass

from botocore.exceptions import ClientError

from greenlight.aws import Aws, error_code
from greenlight.errors import GreenlightError

_PRIVATE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Reference:
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}{tag}"


def parse(image: str, repository: str | None) -> Reference:
    """`:tag`, `@sha256:…` (both of the service's own repository), or a full URI. Raises GreenlightError."""
    if image.startswith((":", "@")) and repository is None:
        raise GreenlightError(
            f"--image {image} needs a repository, and the service's image is not in private ECR: give the full URI"
        )
    full = f"{repository}{image}" if image.startswith((":", "@")) else image
    name, at, digest = full.partition("@")
    if at:
        if not _DIGEST.fullmatch(digest):
            raise GreenlightError(f"--image {image}: a digest is sha256: and 64 hex digits, got {digest!r}")
        # What is left of a tag beside a digest says nothing: the digest decides.
        return Reference(_without_tag(name), digest=digest)
    bare, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        hint = f" Did you mean --image :{image}?" if _TAG.fullmatch(image) else ""
        raise GreenlightError(
            f"--image {image} names no version: give :tag, @sha256:… or a full URI with either.{hint}"
        )
    if not _TAG.fullmatch(tag):
        raise GreenlightError(f"--image {image}: {tag!r} is no tag: letters, digits and ._- only, 128 at most")
    return Reference(bare, tag=tag)


def resolve(aws: Aws, image: str | None, repository: str | None) -> str | None:
    """What a person asked for, pinned; None where nothing was. Raises GreenlightError as `parse` and `pin` do."""
    return None if image is None else pin(aws, parse(image, repository))


def pin(aws: Aws, reference: Reference) -> str:
    """`repository@sha256:…` of an image that is there. Raises GreenlightError where it is not, or cannot be known."""
    private = _PRIVATE.fullmatch(reference.repository)
    if not private:
        if reference.digest:
            return str(reference)
        raise GreenlightError(
            f"--image {reference} is not in private ECR, so its tag cannot be resolved here and may move: "
            "give it as …@sha256:…"
        )
    wanted = {"imageDigest": reference.digest} if reference.digest else {"imageTag": reference.tag}
    try:
        found = aws.in_region(private["region"]).call(
            "ecr:DescribeImages", registryId=private["account"], repositoryName=private["name"], imageIds=[wanted]
        )
    except ClientError as error:
        place = f"account {private['account']}, {private['region']}"
        if error_code(error) == "RepositoryNotFoundException":
            raise GreenlightError(
                f"no ECR repository {private['name']} in {place}: push the image, or correct --image"
            ) from error
        if error_code(error) == "ImageNotFoundException":
            version = reference.digest or f":{reference.tag}"
            raise GreenlightError(
                f"no image {version} in ECR repository {private['name']} ({place}): push it first, or correct --image"
            ) from error
        raise
    return f"{reference.repository}@{found['imageDetails'][0]['imageDigest']}"


def check(aws: Aws, image: str) -> str | None:
    """What it stands for now, pinned. Raises GreenlightError where ECR no longer has it. Others are not asked: None."""
    reference = parse(image if _names_version(image) else f"{image}:latest", None)
    return pin(aws, reference) if _PRIVATE.fullmatch(reference.repository) else None


def _names_version(image: str) -> bool:
    return "@" in image or ":" in image.rsplit("/", 1)[-1]


def is_pinned(image: str) -> bool:
    return bool(_DIGEST.fullmatch(image.partition("@")[2]))


def digest(pinned: str) -> str:
    return pinned.partition("@")[2]


def with_digest(image: str, digest: str) -> str:
    """The same image by its digest."""
    return f"{_without_tag(image.partition('@')[0])}@{digest}"


def _without_tag(name: str) -> str:
    bare, colon, tag = name.rpartition(":")
    # A colon before a slash is a registry's port.
    return bare if colon and "/" not in tag else name
