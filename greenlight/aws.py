"""The one place that makes AWS clients, from the ambient credentials."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError, ProfileNotFound

from greenlight.errors import GreenlightError

_RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})


class Session:
    """Raises GreenlightError where region, profile or credentials are missing."""

    def __init__(self, region: str | None = None, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(region_name=region, profile_name=profile)
        except ProfileNotFound as error:
            raise GreenlightError(f"{error}: name one of your AWS configuration with --profile") from error
        if not self._session.region_name:
            raise GreenlightError("no region: give --region, or set AWS_REGION")
        self.region: str = self._session.region_name

    @property
    def partition(self) -> str:
        return self._session.get_partition_for_region(self.region)

    @cached_property
    def account(self) -> str:
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except NoCredentialsError as error:
            raise GreenlightError("no AWS credentials: sign in, or give --profile") from error

    def client(self, service: str) -> Any:
        return self._session.client(service, config=_RETRIES)  # type: ignore[call-overload]
