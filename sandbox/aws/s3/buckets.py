"""S3: what a new bucket has, and settings and tags that moto cannot read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from moto.s3 import responses
from moto.s3.exceptions import CopyObjectMustChangeSomething, MissingKey
from moto.s3.models import FakeBucket, FakeKey, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from sandbox.aws.patch import replace_value, replaces

_parse = responses.xmltodict.parse
_CHANGES = ("storage", "encryption", "website_redirect_location")
_SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}


@replaces(S3Backend)
def delete_object_tagging(self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None) -> None:
    """moto fails where there is no such object."""
    if self.get_object(bucket_name, key_name, version_id=version_id) is None:
        raise MissingKey(key=key_name)
    delete_object_tagging.moto(self, bucket_name, key_name, version_id)


@replaces(S3Response, "_tagging_from_xml")
def tagging_from_xml(self: S3Response) -> dict[str, str]:
    """moto fails at a tag set without tags, which takes all away."""
    empty = ElementTree.fromstring(self.body).find(".//{*}Tag") is None
    return {} if empty else tagging_from_xml.moto(self)


def parse(document: Any, **options: Any) -> Any:
    """moto takes the empty value of a tag, or of a filter, for no value."""

    def kept(_path: Any, key: str, value: Any) -> tuple[str, Any]:
        return key, "" if key == "Value" and value is None else value

    return _parse(document, postprocessor=kept, **options)


replace_value(responses, "xmltodict", SimpleNamespace(parse=parse))


@replaces(S3Backend)
def create_bucket(self: S3Backend, *args: Any, **kwargs: Any) -> FakeBucket:
    """moto's is open, unencrypted and without an owner's rule, as AWS's were before 2023."""
    bucket = create_bucket.moto(self, *args, **kwargs)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.encryption = _SSE_S3
    bucket.ownership_rule = "BucketOwnerEnforced"
    return bucket


@replaces(S3Backend)
def delete_bucket_encryption(self: S3Backend, bucket_name: str) -> None:
    """The bucket goes back to S3's own key."""
    self.put_bucket_encryption(bucket_name, _SSE_S3)


@replaces(S3Backend)
def copy_object(self: S3Backend, src_key: FakeKey, dest_bucket_name: str, dest_key_name: str, **asked: Any) -> None:
    """moto lets an object be copied onto itself, with nothing changed, where its bucket was given an encryption: here
    each has one from the beginning."""
    bucket = self.get_bucket(dest_bucket_name)
    same = (src_key.bucket_name, src_key.name) == (dest_bucket_name, dest_key_name)
    changed = asked.get("mdirective") == "REPLACE" or any(asked.get(name) for name in _CHANGES)
    encrypted = bucket.encryption is not _SSE_S3 or src_key.encryption not in (None, "AES256")
    restored = bucket.is_versioned and asked.get("provided_version_id")
    if same and not (changed or encrypted or restored):
        raise CopyObjectMustChangeSomething
    copy_object.moto(self, src_key, dest_bucket_name, dest_key_name, **asked)
