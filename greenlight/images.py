"""From what a person says about an image to one that cannot change: pinned by its digest."""

import re
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from greenlight.aws import Aws, error_code
from greenlight.errors import RefusedError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# As Docker reads it: what comes before the first slash is a registry only if it looks like a host.
_PATH = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:)|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
_REPOSITORY = re.compile(rf"(?:{_HOST}/)?{_PATH}(?:/{_PATH})*")
_REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]+"
# IPv4 only, and dual-stack, which is of another domain; both also as FIPS endpoints.
_PRIVATE = re.compile(
    rf"(?P<account>[0-9]{{12}})\.(?:"
    rf"dkr\.ecr(?:-fips)?\.(?P<ipv4>{_REGION})\.amazonaws\.com(?:\.cn)?|"
    rf"dkr-ecr(?:-fips)?\.(?P<dual>{_REGION})\.on\.(?:aws|amazonwebservices\.com\.cn)"
    rf")/(?P<name>.{{2,256}})"
)
_CACHE = "If that is a pull-through cache, pull the image through it once: it holds what was pulled before"
_LIKE_PRIVATE = re.compile(r"[^/]*\.dkr[.-]ecr[.-]")


@dataclass(frozen=True)
class Private:
    """Where a repository of private ECR is."""

    account: str
    region: str
    name: str


@dataclass(frozen=True)
class Reference:
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        # The digest decides; a tag next to it says nothing.
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}{tag}"

    @property
    def private(self) -> Private | None:
        """None: of another registry."""
        found = _PRIVATE.fullmatch(self.repository)
        return Private(found["account"], found["ipv4"] or found["dual"], found["name"]) if found else None


def read(image: str) -> Reference:
    """A reference in full, as a container definition has it. Raises ValueError, which says what is wrong with it."""
    scheme, separator, rest = image.partition("://")
    if separator:
        raise ValueError(f"an image has no {scheme}:// in front: give {rest}")
    name, at, digest = image.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise ValueError(f"a digest is sha256: and 64 hex digits, got {digest!r}")
    repository, tag = _split(name)
    if tag is not None and not _TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no tag: letters, digits and ._- only, 128 at most")
    if not _REPOSITORY.fullmatch(repository):
        raise ValueError(f"{repository!r} is no repository: lower-case letters, digits and ._-/ after the registry")
    if _LIKE_PRIVATE.match(repository) and not _PRIVATE.fullmatch(repository):
        raise ValueError(
            f"{repository!r} is no repository of private ECR: those are "
            "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME and ACCOUNT.dkr-ecr.REGION.on.aws/NAME"
        )
    return Reference(repository, tag, digest or None)


def parse(image: str, repository: str | None) -> Reference:
    """`:tag`, `@sha256:…` (both of the service's own repository), or a full URI. Raises RefusedError."""
    own = image.startswith((":", "@"))
    if own and repository is None:
        raise RefusedError(
            f"--image {image} needs a repository, and the service's image is not in private ECR: give the full URI"
        )
    try:
        reference = read(f"{repository}{image}" if own else image)
    except ValueError as problem:
        raise RefusedError(f"--image {image}: {problem}") from problem
    meant = f"@{image}" if _DIGEST.fullmatch(image) else f":{image}" if _TAG.fullmatch(image) else None
    if meant or not (reference.tag or reference.digest):
        hint = f" Did you mean --image {meant}?" if meant else ""
        raise RefusedError(f"--image {image} names no version: give :tag, @sha256:… or a full URI with either.{hint}")
    return reference


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """An image that cannot change, and the tag by which it is known."""

    image: str
    tag: str | None


def resolve(aws: Aws, image: str | None, repository: str | None) -> Pinned | None:
    """What a person asked for, pinned; None where nothing was. Raises RefusedError as `parse` and `pin` do."""
    if image is None:
        return None
    reference = parse(image, repository)
    # Next to a digest a tag says nothing: nobody has looked whether it stands for it.
    return Pinned(image=pin(aws, reference), tag=None if reference.digest else reference.tag)


def pin(aws: Aws, reference: Reference) -> str:
    """`repository@sha256:…` of an image that is there. Raises RefusedError where it is not, or cannot be known."""
    private = reference.private
    if not private:
        if reference.digest:
            return str(reference)
        raise RefusedError(
            f"--image {reference} is not in private ECR, so its tag cannot be resolved here and may move: "
            "give it as …@sha256:…"
        )
    wanted = {"imageDigest": reference.digest} if reference.digest else {"imageTag": reference.tag}
    try:
        found = aws.in_region(private.region).call(
            "ecr:DescribeImages", registryId=private.account, repositoryName=private.name, imageIds=[wanted]
        )
    except ClientError as error:
        place = f"account {private.account}, {private.region}"
        if error_code(error) == "RepositoryNotFoundException":
            raise RefusedError(
                f"no ECR repository {private.name} in {place}: push the image, or correct --image. {_CACHE}"
            ) from error
        if error_code(error) == "ImageNotFoundException":
            version = reference.digest or f":{reference.tag}"
            raise RefusedError(
                f"no image {version} in ECR repository {private.name} ({place}): push it first, or correct --image. "
                f"{_CACHE}"
            ) from error
        raise
    return f"{reference.repository}@{found['imageDetails'][0]['imageDigest']}"


def check(aws: Aws, image: str) -> str | None:
    """What a registered image stands for now, pinned. None: only private ECR is asked.

    Raises RefusedError where ECR no longer has it.
    """
    try:
        reference = read(image)
    except ValueError:
        return None  # ECS took it, in a spelling that private ECR's names do not have
    if not reference.private:
        return None
    versioned = reference.tag or reference.digest
    return pin(aws, reference if versioned else replace(reference, tag="latest"))


def is_pinned(image: str) -> bool:
    return bool(_DIGEST.fullmatch(digest(image)))


def tag(image: str) -> str | None:
    """None also next to a digest, where it says nothing."""
    return None if "@" in image else _split(image)[1]


def digest(image: str) -> str:
    return image.partition("@")[2]


def with_digest(image: str, digest: str) -> str:
    """The same image by its digest."""
    return f"{_split(image.partition('@')[0])[0]}@{digest}"


def _split(name: str) -> tuple[str, str | None]:
    """Repository and tag. A colon before a slash is a registry's port."""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, None)
