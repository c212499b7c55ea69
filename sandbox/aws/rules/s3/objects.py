"""Objects: their keys, uploads in parts, and lists of them."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.aws.model.request import Call
from sandbox.aws.rules.s3.found import backend_of, bucket_of
from sandbox.aws.rules.sources import recorded
from sandbox.aws.rules.table import rule

MOST_KEY_BYTES = 1024
MOST_DELETED = 1000


@rule(
    "s3",
    *("PutObject", "CopyObject", "CreateMultipartUpload"),
    code="KeyTooLongError",
    source="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    says=f"A key has {MOST_KEY_BYTES:,} bytes at most.",
    quote="Your key is too long",
)
def key_is_too_long(call: Call) -> bool:
    return len(call.params["Key"].encode()) > MOST_KEY_BYTES


@rule(
    "s3",
    *("PutObject", "UploadPart"),
    code="InvalidDigest",
    source=recorded("s3/test_s3"),
    says="A digest is 16 bytes in base64.",
    quote="The Content-MD5 you specified was invalid.",
)
def digest_is_none(call: Call) -> bool:
    given = call.params.get("ContentMD5")
    if given is None:
        return False
    try:
        return len(b64decode(given, validate=True)) != 16
    except (Error, ValueError):
        return True


@rule(
    "s3",
    "DeleteObjects",
    code="MalformedXML",
    source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html",
    says=f"{MOST_DELETED:,} objects are deleted at a time, at most.",
    quote="The request can contain a list of up to 1,000 keys",
    worded=False,
)
def too_many_objects_are_deleted(call: Call) -> str | None:
    if len((call.params.get("Delete") or {}).get("Objects") or []) <= MOST_DELETED:
        return None
    return "The XML you provided was not well-formed or did not validate against our published schema"


@rule(
    "s3",
    *("UploadPart", "UploadPartCopy", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload"),
    code="NoSuchUpload",
    status=404,
    source=recorded("s3/test_s3"),
    says="An upload that is gone is not gone on with.",
    quote="The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
    "completed.",
)
def upload_is_gone(call: Call) -> bool:
    bucket, upload = bucket_of(call), call.params["UploadId"]
    if bucket is None or upload in bucket.multiparts:
        return False
    if call.operation.name != "CompleteMultipartUpload":
        return True
    # The upload that the object is of can be completed again, as tried on AWS:
    # https://github.com/getmoto/moto/blob/master/tests/test_s3/test_s3_multipart.py
    made = backend_of(call).get_object(bucket.name, call.params["Key"])
    return made is None or made.multipart is None or bool(made.multipart.id != upload)


_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})", re.ASCII)


def _copied(call: Call) -> tuple[int, int] | None:
    """The first and the last byte that are asked for; None where none are, or that cannot be read."""
    found = _RANGE.fullmatch(call.params.get("CopySourceRange", ""))
    first, last = (int(found[1]), int(found[2])) if found else (1, 0)
    return (first, last) if first <= last else None


def _size_of_source(call: Call) -> int | None:
    """None where there is no such object, which is moto's to say."""
    source = urlsplit(call.params["CopySource"])
    name, _, key = unquote(source.path).lstrip("/").partition("/")
    version = parse_qs(source.query).get("versionId", [None])[0]
    if name not in backend_of(call).buckets:
        return None
    found = backend_of(call).get_object(name, key, version_id=version)
    return None if found is None else int(found.size)


_copy = partial(rule, "s3", "UploadPartCopy", source=recorded("s3/test_s3_api"))


@_copy(
    code="InvalidArgument",
    says="A part is copied from one byte to another.",
    quote="The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
    "zero-based offsets of the first and last bytes to copy",
)
def copied_range_is_malformed(call: Call) -> bool:
    return "CopySourceRange" in call.params and _copied(call) is None


@_copy(
    code="InvalidRequest",
    says="A part is copied from inside the object.",
    quote="The specified copy range is invalid for the source object size",
)
def copied_range_is_outside(call: Call) -> bool:
    wanted, size = _copied(call), _size_of_source(call)
    return wanted is not None and size is not None and wanted[0] >= size


@_copy(
    code="InvalidArgument",
    says="A part is copied up to the object's last byte.",
    quote="Range specified is not valid for source object of size: 10",
)
def copied_range_is_too_long(call: Call) -> str | None:
    wanted, size = _copied(call), _size_of_source(call)
    if wanted is None or size is None or wanted[1] < size:
        return None
    return f"Range specified is not valid for source object of size: {size}"


_LISTS = ("ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads")


@rule(
    "s3",
    *_LISTS,
    code="InvalidArgument",
    source=recorded("s3/test_s3_list_operations"),
    says="Keys are encoded as URLs, or not at all.",
    quote="Invalid Encoding Method specified in Request",
)
def encoding_is_unknown(call: Call) -> bool:
    return call.params.get("EncodingType") not in (None, "url")


@rule(
    "s3",
    "ListObjectsV2",
    code="InvalidArgument",
    source=recorded("s3/test_s3_list_operations"),
    says="A list goes on where one ended.",
    quote="The continuation token provided is incorrect",
)
def list_goes_on_from_nowhere(call: Call) -> bool:
    token = call.params.get("ContinuationToken")
    return token is not None and token not in backend_of(call)._pagination_tokens
