"""What every part of one running sandbox knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "123456789012"
"""The one account of the sandbox: every caller is in it."""

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """Settings of one running sandbox. The ports in the two addresses are real ones, never 0."""

    endpoint_url: str
    """Address of the AWS API: ``http://127.0.0.1:4566``."""

    data_plane_url: str
    """Address of the data plane, where API Gateway answers: ``http://127.0.0.1:4567``."""

    region: str = DEFAULT_REGION
    """Region of the export lines. Requests for any other region work as well."""

    account: str = ACCOUNT

    time_scale: float = 1.0
    """AWS-side waits are divided by this."""

    state_dir: Path = Path(".sandbox")
    log_dir: Path = Path(".sandbox/log")

    @property
    def client_variables(self) -> dict[str, str]:
        """The environment variables that lead any AWS client here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Terraform and cdktf ask the internet for newer versions of themselves, and complain where it is not there.
            "CHECKPOINT_DISABLE": "1",
        }
