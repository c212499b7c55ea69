"""Buckets: their names and places, and what is set on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial
from ipaddress import IPv4Address
from typing import Any

from botocore.session import Session

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule

_NAMES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

_create = partial(rule, "s3", "CreateBucket")


@_create(
    code="InvalidBucketName",
    source=recorded("s3/test_s3"),
    says=f"A bucket's name is of 3 to 63 small letters, digits, hyphens and single dots, and no address ({_NAMES}).",
    quote="The specified bucket is not valid.",
)
def bucket_name_is_invalid(call: Call) -> bool:
    name = call.params["Bucket"]
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name:
        return True
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True


@_create(
    code="InvalidBucketName",
    source=tried("s3/pf-s3-bucket-name-reserved-prefix"),
    says=f"Some beginnings and ends of names are AWS's own ({_NAMES}).",
    quote="The requested bucket name starts with a reserved prefix",
    coded=False,
)
def bucket_name_is_reserved(call: Call) -> str | None:
    name = call.params["Bucket"]
    if name.startswith(_PREFIXES):
        return "The requested bucket name starts with a reserved prefix"
    return "The requested bucket name ends with a reserved suffix" if name.endswith(_SUFFIXES) else None


def _place(call: Call) -> str | None:
    return (call.params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")


@cache
def _regions() -> frozenset[str]:
    session = Session()
    names = (session.get_available_regions("s3", partition) for partition in session.get_available_partitions())
    return frozenset(name for found in names for name in found) | {"EU"}


@_create(
    code="InvalidLocationConstraint",
    source=recorded("s3/test_s3"),
    says="A bucket is in a region.",
    quote="The specified location-constraint is not valid",
)
def bucket_is_in_no_region(call: Call) -> bool:
    place = _place(call)
    return place is not None and call.region == "us-east-1" and place not in _regions()


# Settings ------------------------------------------------------------------------------------------------------------


@rule(
    "s3",
    "PutBucketVersioning",
    code="IllegalVersioningConfigurationException",
    source=recorded("s3/test_s3_api"),
    says="Versioning is switched on or off.",
    quote="The Versioning element must be specified",
)
def versioning_says_nothing(call: Call) -> bool:
    return not (call.params.get("VersioningConfiguration") or {}).get("Status")


def _defaults(call: Call) -> Iterator[dict[str, Any]]:
    for entry in (call.params.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []:
        yield entry.get("ApplyServerSideEncryptionByDefault") or {}


@rule(
    "s3",
    "PutBucketEncryption",
    code="MalformedXML",
    source=recorded("s3/test_s3_api"),
    says="A bucket encrypts in one way.",
    quote=_MALFORMED,
)
def encryption_has_two_rules(call: Call) -> bool:
    return len(list(_defaults(call))) > 1


@rule(
    "s3",
    "PutBucketEncryption",
    code="InvalidArgument",
    source=recorded("s3/test_s3_api"),
    says="A key is KMS's.",
    quote="a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
)
def encryption_has_a_key_for_nothing(call: Call) -> bool:
    return any(
        entry.get("KMSMasterKeyID") and not str(entry.get("SSEAlgorithm")).startswith("aws:kms")
        for entry in _defaults(call)
    )


_lifecycle = partial(rule, "s3", "PutBucketLifecycleConfiguration", code="InvalidArgument")


def _rules(call: Call) -> list[dict[str, Any]]:
    return (call.params.get("LifecycleConfiguration") or {}).get("Rules") or []


@_lifecycle(
    source=tried("s3/pf-s3-lifecycle-expiration-positive"),
    says="Objects expire after a day at the earliest.",
    quote="'Days' for Expiration action must be a positive integer",
    coded=False,
)
def objects_expire_at_once(call: Call) -> bool:
    days = [(entry.get("Expiration") or {}).get("Days") for entry in _rules(call)]
    return any(value is not None and value < 1 for value in days)


@_lifecycle(
    source=recorded("s3/test_s3"),
    says="Objects expire at the beginning of a day.",
    quote="'Date' must be at midnight GMT",
)
def objects_expire_during_a_day(call: Call) -> bool:
    dates = [(entry.get("Expiration") or {}).get("Date") for entry in _rules(call)]
    return any(date is not None and not re.search(r"T00:00:00(\.0+)?(Z|\+00:00)?$", _written(date)) for date in dates)


def _written(date: Any) -> str:
    return date if isinstance(date, str) else str(date.isoformat())


@_lifecycle(
    source=tried("s3/pf-s3-lifecycle-rule-id-duplicate"),
    says="The rules of a lifecycle have ids of their own.",
    quote="Rule ID must be unique. Found same ID for more than one rule",
    coded=False,
)
def lifecycle_has_an_id_twice(call: Call) -> bool:
    ids = [entry["ID"] for entry in _rules(call) if entry.get("ID")]
    return len(set(ids)) < len(ids)


# Tags ----------------------------------------------------------------------------------------------------------------

_tags = partial(rule, "s3", "PutBucketTagging", "PutObjectTagging", code="InvalidTag")


def _tag_set(call: Call) -> list[dict[str, str]]:
    return (call.params.get("Tagging") or {}).get("TagSet") or []


def _is_text(text: str, most: int) -> bool:
    """Letters, numbers and spaces of any language, and some signs."""
    return len(text) <= most and all(sign.isalnum() or sign.isspace() or sign in "_.:/=+-@" for sign in text)


@_tags(
    source=recorded("s3/test_s3_api"),
    says="A tag's key has 128 letters, digits, spaces and _.:/=+-@ at most.",
    quote="The TagKey you have provided is invalid",
)
def s3_tag_key_is_invalid(call: Call) -> bool:
    return any(not _is_text(tag.get("Key", ""), 128) for tag in _tag_set(call))


@_tags(
    source=recorded("s3/test_s3_api"),
    says="A tag's value has 256 letters, digits, spaces and _.:/=+-@ at most.",
    quote="The TagValue you have provided is invalid",
)
def s3_tag_value_is_invalid(call: Call) -> bool:
    return any(not _is_text(tag.get("Value", ""), 256) for tag in _tag_set(call))
