"""How a service is released: the steps of its traffic, what it waits for, and a team's own functions."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from environments.values import Settings, Text, all_of
from modules import inputs

# CodeDeploy's predefined ones for ECS; no others may begin with "CodeDeployDefault.".
PREDEFINED_CONFIGS = (
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent15Minutes",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
)
# Lambda's FunctionArn; CodeDeploy calls a version or an alias where one is named.
FunctionArn = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,128})?",
        "a function's ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS or without",
    ),
]


class Canary(Settings):
    percent: int = Field(ge=1, le=99, description="Of production traffic, which the candidate gets first")
    interval_minutes: int = Field(ge=1, le=inputs.MOST_SHIFT_MINUTES, description="Until the rest follows")


class Linear(Settings):
    percent: int = Field(ge=1, le=99, description="Of production traffic, added with each step")
    interval_minutes: int = Field(ge=1, description="Between two steps; all of them together take 2 days at most")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        # As AWS counts them, tried in cdk-preflight: pf-codedeploy-config-traffic-shift-interval-max.
        steps = 100 // self.percent
        if steps * self.interval_minutes > inputs.MOST_SHIFT_MINUTES:
            raise ValueError(
                f"interval_minutes with steps of {self.percent} percent must be at most "
                f"{inputs.MOST_SHIFT_MINUTES // steps}, so that the shift takes 2 days at most, "
                f"got {self.interval_minutes}"
            )
        return self


class OwnHooks(Settings):
    """Functions of the team's own, each at a lifecycle event; docs/releases.md says what one must do."""

    BeforeInstall: FunctionArn | None = Field(None, description="Before the candidate's tasks start")
    AfterInstall: FunctionArn | None = Field(None, description="Its tasks run, and get no traffic yet")
    AfterAllowTestTraffic: FunctionArn | None = Field(
        None, description="The test listener shows the candidate; before an approval is waited for"
    )
    AfterAllowTraffic: FunctionArn | None = Field(
        None, description="It has all of production; Failed gives the traffic back"
    )

    @model_validator(mode="before")
    @classmethod
    def _not_ours(cls, given: Any) -> Any:
        if isinstance(given, dict) and "BeforeAllowTraffic" in given:
            raise ValueError(
                "BeforeAllowTraffic is the release hook's own, which proves each candidate: say what it asks with "
                f"checks, or use {', '.join(cls.model_fields)}"
            )
        return given


class Deployment(Settings):
    """How CodeDeploy releases the service."""

    config: Annotated[str, Text(r"[A-Za-z0-9+=,.@_-]+", "letters, digits and +=,.@_-", 100)] = Field(
        inputs.ReleaseSettings.config, description="Name of a CodeDeploy deployment configuration for ECS"
    )
    canary: Canary | None = Field(None, description="Instead of config: a part of the traffic first, then the rest")
    linear: Linear | None = Field(None, description="Instead of config: an equal part of the traffic at a time")
    approval_wait_minutes: int = Field(
        inputs.ReleaseSettings.approval_wait_minutes,
        ge=0,
        le=inputs.MOST_APPROVAL_MINUTES,
        description="How long a release waits for `greenlight approve` before production traffic moves; without it the "
        "release is rolled back. 0: it does not wait; at most 5 days",
    )
    bake_minutes: int = Field(
        inputs.ReleaseSettings.bake_minutes,
        ge=0,
        le=inputs.MOST_BAKE_MINUTES,
        description="How long the old tasks are kept, so that the way back is instant; at most 2 days",
    )
    hooks: OwnHooks = OwnHooks()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        if self.config.startswith("CodeDeployDefault.") and self.config not in PREDEFINED_CONFIGS:
            mistakes.append(f"config must be one's own or one of {', '.join(PREDEFINED_CONFIGS)}, got {self.config}")
        given = [key for key in ("config", "canary", "linear") if key in self.model_fields_set and getattr(self, key)]
        if len(given) > 1:
            mistakes.append(
                f"config, canary and linear exclude each other: give one of them, got {' and '.join(given)}"
            )
        all_of(mistakes)
        return self

    @property
    def own_hooks(self) -> dict[str, str]:
        """Lifecycle event -> ARN."""
        return self.hooks.model_dump(exclude_none=True)

    @property
    def release(self) -> inputs.ReleaseSettings:
        return inputs.ReleaseSettings(
            config=self.config,
            canary=inputs.Shift(**self.canary.model_dump()) if self.canary else None,
            linear=inputs.Shift(**self.linear.model_dump()) if self.linear else None,
            approval_wait_minutes=self.approval_wait_minutes,
            bake_minutes=self.bake_minutes,
            hooks=self.own_hooks,
        )
