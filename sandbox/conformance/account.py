"""The account that the kit asks: boto3 as the environment sets it up, with each change written down first."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.conformance.ledger import Entry, Ledger
from sandbox.conformance.undo import TAG, TAGGED, removal, undo

T = TypeVar("T")

POLL_SECONDS = 2.0
"""Between two looks at something that takes AWS a while."""

PATIENCE_SECONDS = 60.0
"""How long AWS may not be ready for a call."""

_TOO_SOON = ("TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded")
"""The answer to a call that came too soon after the last. API Gateway makes a VPC link every 15 seconds and deletes one
every 30 (its page of quotas), which is longer than boto3 tries."""


_NOT_KNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure")
"""What services answer to a key that is too new for them."""


class Clients:
    """boto3 clients by service, which send what they are given: what is wrong with it is AWS's to say."""

    def __init__(self, credentials: Mapping[str, Any] | None = None) -> None:
        """With those of the environment, unless some are given: boto3's names -> values."""
        self._session: Any = boto3.session.Session(**(credentials or {}))
        self._config = Config(parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 4})
        self._made: dict[str, Any] = {}

    @property
    def region(self) -> str | None:
        return self._session.region_name  # type: ignore[no-any-return]

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(service, config=self._config)
        return self._made[service]


@dataclass(frozen=True)
class Outcome:
    """How a request ended: with an answer, or with an error's code, message and HTTP status."""

    entry: Entry
    answer: dict[str, Any]
    status: int
    code: str | None = None
    message: str = ""

    @property
    def accepted(self) -> bool:
        return self.code is None


class Account:
    """Every change of the kit goes through here. ``run`` is the name that all it makes has in it."""

    def __init__(
        self,
        clients: Clients,
        ledger: Ledger,
        run: str,
        number: str,
        region: str,
        asks_again_at: Collection[str] = _TOO_SOON,
    ):
        self._asks_again_at = asks_again_at
        self.clients = clients
        self.run = run
        self.number = number
        self.region = region
        self._ledger = ledger
        self._made: list[Entry] = []

    def seen_by(self, key: dict[str, Any]) -> Account:
        """The same account with a user's new access key, as CreateAccessKey answered with it."""
        names = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return Account(Clients(names), self._ledger, self.run, self.number, self.region, (*_TOO_SOON, *_NOT_KNOWN))

    def attempt(self, service: str, operation: str, request: dict[str, Any]) -> Outcome:
        """Send it, again while it comes too soon for AWS, and tell how it ended. Raises botocore's errors where no
        answer came: the janitor finds out then."""
        if service == "ec2" and operation in TAGGED and "TagSpecifications" not in request:
            tags = [{"Key": TAG, "Value": self.run}]
            request = {**request, "TagSpecifications": [{"ResourceType": TAGGED[operation], "Tags": tags}]}
        entry = self._ledger.before(service, operation, request)
        try:
            answer = self._in_time(getattr(self.clients(service), xform_name(operation)), request)
        except ClientError as error:
            self._ledger.over(entry)
            found = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return Outcome(entry, {}, status, found.get("Code", "Unknown"), found.get("Message", ""))
        status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        self._ledger.answered(entry, answer)
        self._made.append(entry)
        return Outcome(entry, answer, status)

    def _in_time(self, send: Callable[..., dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return send(**request)
            except ClientError as error:
                if (
                    error.response.get("Error", {}).get("Code") not in self._asks_again_at
                    or time.monotonic() > deadline
                ):
                    raise
            time.sleep(POLL_SECONDS)

    def call(
        self, service: str, operation: str, /, *, patient_with: Collection[str] = (), **request: Any
    ) -> dict[str, Any]:
        """The answer. Raises RefusedError. An error with a code in ``patient_with`` is AWS not being ready: for a
        minute it is asked again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            outcome = self.attempt(service, operation, request)
            if outcome.accepted:
                return outcome.answer
            if outcome.code not in patient_with or time.monotonic() > deadline:
                raise RefusedError(service, operation, outcome)
            time.sleep(POLL_SECONDS)

    def read(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        """What a call that changes nothing answers; nothing of it is written down. Raises botocore's errors."""
        answer: dict[str, Any] = getattr(self.clients(service), xform_name(operation))(**request)
        return answer

    def take_back(self, outcome: Outcome) -> None:
        """Undo what a call has made, as far as AWS lets it go at once; what stays is the janitor's. What was there
        before stays too, where the call only answered with it."""
        before = [entry for entry in self._made if entry is not outcome.entry and not entry.over]
        if any(removal(entry) == removal(outcome.entry) != [] for entry in before):
            return
        if not undo(self.clients, outcome.entry, self.run):
            self._ledger.over(outcome.entry)


class RefusedError(Exception):
    """A call that the kit cannot do without was refused."""

    def __init__(self, service: str, operation: str, outcome: Outcome):
        super().__init__(f"{service} {operation}: {outcome.code}: {outcome.message}")
        self.code = outcome.code


class NeverError(Exception):
    """What the kit waits for did not come. The message has what was seen last."""


def until(look: Callable[[], T], accept: Callable[[T], bool], seconds: float = 600) -> T:
    """Look again and again until it is so. Raises NeverError."""
    deadline = time.monotonic() + seconds
    wait = 0.1
    while not accept(seen := look()):
        if time.monotonic() > deadline:
            raise NeverError(f"not within {seconds:.0f} s; last seen: {seen}")
        time.sleep(wait)
        wait = min(wait * 1.5, POLL_SECONDS)
    return seen
