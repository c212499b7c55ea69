"""What every part of the world is made with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sandbox.conformance.account import Account


class Part(ABC):
    """Things of an account, each made when it is first asked for."""

    account: Account

    @property
    @abstractmethod
    def name(self) -> str:
        """What the names of all that is made begin with."""

    def _call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        return self.account.call(service, operation, **request)
