"""What the hook asks the candidate. Valid is what `contracts/checks.json` says, as the hook reads it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from environments.headers import RequestHeaders
from environments.values import HeaderName, RequestPath, Settings, all_of
from modules import inputs

MAX_REQUEST_TIMEOUT_MS = 900_000
MAX_WARMUP_SECONDS = 900
ANSWER_SECONDS = 20  # what the function keeps for telling CodeDeploy, and for starting
LISTENER_SECONDS = 35  # the same, with ten seconds for the load balancer to follow its listener, and the looks at it

Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    BeforeValidator(lambda given: given.upper() if isinstance(given, str) else given),
]


Identity = Annotated[
    inputs.Identity,
    BeforeValidator(lambda given: "off" if given is False else given),  # what YAML makes of an off without quotes
]


class Check(Settings):
    """One request the hook makes to the candidate before it may get production traffic."""

    path: RequestPath = Field(description="Asked of the candidate, at the test listener")
    method: Method = Field("GET", description="In any case")
    headers: RequestHeaders = Field(
        {},
        description="Sent with the request, such as Authorization, or Host (to which the load balancer adds its port). "
        "Must not be secrets: values are plain text in Terraform's state and plans, and in the function's variables",
    )
    status: int = Field(200, ge=200, le=599, description="The only one that passes")
    # The key is the hook's contract; pydantic's own BaseModel.json is deprecated and unused here.
    json_subset: Annotated[Any, WithJsonSchema({})] = Field(
        None, alias="json", description="What the body must contain: any JSON value; not with HEAD, which has no body"
    )
    max_ms: int | None = Field(
        None, ge=1, le=MAX_REQUEST_TIMEOUT_MS, description="Latency limit of the attempt that passed"
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key == "path"}

    @model_validator(mode="after")
    def _head_has_no_body(self) -> Self:
        if self.method == "HEAD" and self.json_subset is not None:
            raise ValueError("json must be left out with method HEAD, whose answers have no body")
        return self


_DEFAULT = inputs.HookSettings


class Hook(Settings):
    """The Lambda function that checks the candidate before it gets production traffic."""

    memory: int = Field(_DEFAULT.memory, ge=128, le=10240, description="MiB")
    timeout_seconds: int = Field(
        _DEFAULT.timeout_seconds,
        ge=30,
        le=900,
        description="At least warmup_seconds + request_timeout_ms + 20 s: it always answers before",
    )
    warmup_seconds: int = Field(
        _DEFAULT.warmup_seconds,
        ge=0,
        le=MAX_WARMUP_SECONDS,
        description="How long a failing check is retried; 0: one attempt",
    )
    request_timeout_ms: int = Field(
        _DEFAULT.request_timeout_ms,
        ge=1,
        le=MAX_REQUEST_TIMEOUT_MS,
        description="Limit of one attempt, connecting included",
    )
    identity: Identity = Field(
        _DEFAULT.identity,
        description="How the hook knows that the candidate is what answers. header: by its response header; "
        "listener: by the tasks behind the test listener; auto: by the header where it is sent, else by the listener; "
        "off: not at all",
    )
    identity_header: HeaderName = Field(
        _DEFAULT.identity_header, description="The response header with family:revision; with identity auto and header"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        # An image that does not say who it is is asked again, once the test listener has led to it for ten seconds.
        times, rest = (1, ANSWER_SECONDS) if self.identity in ("header", "off") else (2, LISTENER_SECONDS)
        needed = self.warmup_seconds + times * self.request_timeout_ms / 1000 + rest
        if self.timeout_seconds < needed:
            mistakes.append(
                f"timeout_seconds must be at least warmup_seconds + {times} x request_timeout_ms + {rest} s with "
                f"identity {self.identity}, or the hook could not answer CodeDeploy: {needed:g}, "
                f"got {self.timeout_seconds}"
            )
        if self.identity in ("listener", "off") and "identity_header" in self.model_fields_set:
            mistakes.append(f"identity_header is not read with identity {self.identity}: leave one of them out")
        all_of(mistakes)
        return self
