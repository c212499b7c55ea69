"""How many tasks a service has: the settings of its autoscaling."""

from typing import Self

from pydantic import Field, model_validator

from environments.values import Settings, all_of
from modules import inputs


class Scaling(Settings):
    """Tasks are started and stopped so that each target is met; with several, the one that needs most tasks wins."""

    min: int = Field(ge=1, le=5000, description="Tasks; a service that runs fewer gets them at once")
    max: int = Field(ge=1, le=5000, description="Tasks; a service that runs more loses them at once")
    cpu_percent: int | None = Field(None, ge=1, le=100, description="Average CPU of the tasks; default: not looked at")
    memory_percent: int | None = Field(
        None, ge=1, le=100, description="Average memory of the tasks; default: not looked at"
    )
    requests_per_target: int | None = Field(
        None, ge=1, le=1_000_000_000, description="Requests a minute that one task gets; default: not looked at"
    )
    scale_in_cooldown_seconds: int = Field(
        inputs.Scaling.scale_in_cooldown_seconds,
        ge=0,
        le=2_147_483_647,
        description="How long no further tasks are stopped after some were",
    )
    scale_out_cooldown_seconds: int = Field(
        inputs.Scaling.scale_out_cooldown_seconds,
        ge=0,
        le=2_147_483_647,
        description="How long tasks that were started count as on their way, before more are",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = []
        if self.max < self.min:
            mistakes.append(f"max must be min or more, got {self.max} with min {self.min}")
        if self.cpu_percent is self.memory_percent is self.requests_per_target is None:
            mistakes.append("needs cpu_percent, memory_percent or requests_per_target, got none of them")
        all_of(mistakes)
        return self
