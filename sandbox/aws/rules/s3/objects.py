"""Objects: their keys, uploads in parts, and lists of them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from moto.s3.models import MultipartDict

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
    bucket = bucket_of(call)
    uploads: MultipartDict | None = bucket.multiparts if bucket else None
    return uploads is not None and call.params["UploadId"] not in uploads


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
