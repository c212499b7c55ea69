"""The errors that a service answers with when it throttles, or fails inside: by its model, where that has one.

Most models leave throttling out. What stands here instead was seen:
- ThrottlingException, "Rate exceeded", 400, of the JSON protocols:
  https://github.com/awslabs/aws-codedeploy-plugin/issues/95 (CodeDeploy),
  https://github.com/anomalyco/sst/issues/4063 (SSM), https://github.com/aws/aws-sdk/issues/821 (ECS, whose model has
  none though it throttles)
- Throttling, "Rate exceeded", 400, of the query protocol: https://github.com/zalando-stups/senza/issues/81,
  https://github.com/ansible-collections/community.aws/issues/444 (Elastic Load Balancing)
- RequestLimitExceeded, "Request limit exceeded.", 503, of EC2: https://github.com/haskell-mafia/mismi/issues/196
- SlowDown, 503, of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
- InternalFailure, 500, of every service: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html; S3's
  page of errors, above, and EC2's have InternalError:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from functools import cache

import botocore.session
from moto.core.utils import get_service_model

from sandbox.aws.model.wording import Refusal

_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "ThrottledException")
_FAILED = (
    *("InternalServiceFault", "InternalServerException", "InternalServiceError", "InternalServerError"),
    *("InternalErrorException", "InternalException", "KMSInternalException", "ServerException"),
    *("ServiceException", "ServiceFailureException", "ServiceUnavailableException"),
)
"""What models call it that a service failed by itself. Their other errors of the 500 series are about something."""

_RATE = "Rate exceeded"
_BROKEN = "The request processing has failed because of an unknown error, exception or failure."
_OF_XML_SERVICES = {
    "ec2": (
        Refusal("RequestLimitExceeded", "Request limit exceeded.", 503),
        Refusal("InternalError", "An internal error has occurred", 500),
    ),
    "s3": (
        Refusal("SlowDown", "Please reduce your request rate.", 503),
        Refusal("InternalError", "We encountered an internal error. Please try again.", 500),
    ),
}


def throttled(service: str, action: str) -> Refusal:
    """`service` is botocore's name, or what it does not know; `action` the name of an operation."""
    if service in _OF_XML_SERVICES:
        return _OF_XML_SERVICES[service][0]
    # Its clients speak the newest protocol that they know; the codes are those of the oldest.
    metadata = get_service_model(service).metadata if service in available() else {}
    query = "query" in metadata.get("protocols", [metadata.get("protocol")])
    usual = Refusal("Throttling" if query else "ThrottlingException", _RATE, 400)
    return _of_model(service, action, _THROTTLED, 400, _RATE) or usual


def failed(service: str, action: str) -> Refusal:
    """The same for a fault of the service's own."""
    if service in _OF_XML_SERVICES:
        return _OF_XML_SERVICES[service][1]
    return _of_model(service, action, _FAILED, 500, _BROKEN) or Refusal("InternalFailure", _BROKEN, 500)


@cache
def available() -> frozenset[str]:
    """The services that botocore has a model of."""
    return frozenset(botocore.session.Session().get_available_services())


def _of_model(service: str, action: str, names: tuple[str, ...], status: int, message: str) -> Refusal | None:
    if service not in available() or action not in get_service_model(service).operation_names:
        return None
    shapes = get_service_model(service).operation_model(action).error_shapes
    own = {shape.name: shape.metadata.get("error", {}) for shape in shapes}
    name = next((name for name in names if name in own), None)
    if name is None:
        return None
    return Refusal(own[name].get("code", name), message, own[name].get("httpStatusCode", status))
