"""ECR: what an image's manifest is."""

from __future__ import annotations

import json

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule


@rule(
    "ecr",
    "PutImage",
    code="InvalidParameterException",
    source="https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html",
    says="An image's manifest is a JSON object.",
    quote="The specified parameter is invalid.",
    worded=False,
)
def manifest_is_no_object(call: Call) -> str | None:
    try:
        manifest = json.loads(call.params["imageManifest"])
    except ValueError:
        manifest = None
    if isinstance(manifest, dict):
        return None
    return "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
