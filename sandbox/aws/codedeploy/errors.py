"""How CodeDeploy refuses, in every one of its verbs."""

from __future__ import annotations

from moto.codedeploy.exceptions import CodeDeployException
from moto.codedeploy.responses import CodeDeployResponse as Response


def error(name: str, message: str) -> CodeDeployException:
    """By AWS's code without its ending: ``error("InvalidRevision", …)``."""
    return CodeDeployException(f"{name}Exception", message)


def check_token(self: Response) -> None:
    """Lists here have one page, so nobody was ever given a token."""
    token = self._get_param("nextToken")
    if token:
        raise error("InvalidNextToken", f"There is no page {token!r}: a token is the nextToken of the page before.")
