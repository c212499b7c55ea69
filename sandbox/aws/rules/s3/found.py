"""What is there."""

from __future__ import annotations

from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def backend_of(call: Call) -> S3Backend:
    return s3_backends[ACCOUNT][get_partition(call.region)]


def bucket_of(call: Call) -> FakeBucket | None:
    """The bucket; None where it is gone, which is moto's to say."""
    return backend_of(call).buckets.get(call.params["Bucket"])
