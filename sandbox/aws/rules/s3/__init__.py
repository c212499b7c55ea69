"""S3: buckets and their settings, policies, and objects."""

from sandbox.aws.rules.s3 import buckets, objects, policies

__all__ = ["buckets", "objects", "policies"]
