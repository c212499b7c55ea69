"""Image references: which are ECR's private ones, and of what they are made. `contracts/images.json` has examples."""

import re
from dataclasses import dataclass

from modules.location import Location

# ECR's names for one registry: IPv4, dual-stack, and FIPS of both; China's have endings of their own.
_ECR_HOST = re.compile(
    r"(?P<registry>[0-9]{12})\."
    r"(?:dkr\.ecr(?:-fips)?\.(?P<ipv4>[a-z]+(?:-[a-z]+)+-[0-9])\.amazonaws\.com(?:\.cn)?"
    r"|dkr-ecr(?:-fips)?\.(?P<dual>[a-z]+(?:-[a-z]+)+-[0-9])\.on\.(?:aws|amazonwebservices\.com\.cn))"
)
_LIKE_ECR = re.compile(r"(?:^|\.)dkr[.-]ecr\b", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?")
REPOSITORY = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
_REPOSITORY = re.compile(REPOSITORY)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class PrivateImage:
    """An image in a private ECR repository. Neither tag nor digest means the tag `latest`."""

    host: str
    registry: str  # the account
    region: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def uri(self) -> str:
        """The repository, without tag and digest, as the reference spells it."""
        return f"{self.host}/{self.repository}"

    @property
    def arn(self) -> str:
        """The repository's."""
        return Location(account=self.registry, region=self.region).arn("ecr", f"repository/{self.repository}")

    @property
    def through_endpoint(self) -> bool:
        """Whether ECR's interface endpoint serves this name: AWS has no PrivateLink for dual-stack and FIPS names."""
        return self.host == f"{self.registry}.dkr.ecr.{self.region}.amazonaws.com"


def parse(image: str) -> PrivateImage | None:
    """The parts of a reference to private ECR; None for an image from elsewhere.

    Raises ValueError for what is no image reference, saying what is wrong with it.
    """
    if "://" in image:
        raise ValueError(f"leave out {image.partition('://')[0]}://, an image reference has no scheme")
    named, at, digest = image.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise ValueError("a digest is sha256: and 64 hex digits in lower case")
    path, colon, tag = named.rpartition(":")
    if not colon or "/" in tag:  # a colon before a slash is a registry's port
        path, colon, tag = named, "", ""
    if colon and not _TAG.fullmatch(tag):
        raise ValueError("a tag is up to 128 letters, digits and ._- that do not begin with . or -")
    host, slash, repository = path.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, repository = "", path
    if _LIKE_ECR.search(host or repository):
        return _private(host, repository, tag or None, digest or None)
    if (host and not _HOST.fullmatch(host)) or not _REPOSITORY.fullmatch(repository):
        raise ValueError(
            "an image is [registry/]repository[:tag][@digest], its repository of lower-case letters, digits and ._-/"
        )
    return None


def _private(host: str, repository: str, tag: str | None, digest: str | None) -> PrivateImage:
    found = _ECR_HOST.fullmatch(host)
    if not found:
        raise ValueError(
            "a private ECR registry is <12 digits>.dkr.ecr.<region>.amazonaws.com, or its FIPS or dual-stack name"
        )
    if not _REPOSITORY.fullmatch(repository) or not 2 <= len(repository) <= 256:
        raise ValueError("an ECR repository has 2 to 256 lower-case letters, digits and ._-/")
    return PrivateImage(
        host=host,
        registry=found["registry"],
        region=found["ipv4"] or found["dual"],
        repository=repository,
        tag=tag,
        digest=digest,
    )
