import pytest

from modules import inputs

from .conftest import MINIMAL, Loaded, Mistakes


def scaled(scaling: str, count: int = 2) -> str:
    return MINIMAL + f"    desired_count: {count}\n    scaling: {scaling}\n"


def test_a_service_is_not_scaled_unless_asked(loaded: Loaded) -> None:
    assert loaded(MINIMAL).services["api"].autoscaling is None


def test_cooldowns_have_defaults(loaded: Loaded) -> None:
    service = loaded(scaled("{min: 2, max: 10, requests_per_target: 600}")).services["api"]

    assert service.autoscaling == inputs.Scaling(
        min=2, max=10, requests_per_target=600, scale_in_cooldown_seconds=300, scale_out_cooldown_seconds=60
    )


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        (
            "{min: 0, max: 2, cpu_percent: 60}",
            "services.api.scaling.min: input should be greater than or equal to 1, got 0 (Tasks; a service that runs "
            "fewer gets them at once)",
        ),
        ("{min: 3, max: 2, cpu_percent: 60}", "services.api.scaling: max must be min or more, got 2 with min 3"),
        (
            "{min: 1, max: 2, cpu_percents: 60}",
            "services.api.scaling.cpu_percents: unknown key; did you mean cpu_percent?",
        ),
        (
            "{min: 1, max: 2}",
            "services.api.scaling: needs cpu_percent, memory_percent or requests_per_target, got none of them",
        ),
        (
            "{min: 1, max: 2, cpu_percent: 101}",
            "services.api.scaling.cpu_percent: input should be less than or equal to 100, got 101 (Average CPU of the "
            "tasks; default: not looked at)",
        ),
    ],
)
def test_what_could_not_scale_is_refused(mistakes: Mistakes, scaling: str, expected: str) -> None:
    assert expected in mistakes(scaled(scaling))


@pytest.mark.parametrize("count", [1, 11])
def test_a_service_begins_within_its_bounds(mistakes: Mistakes, count: int) -> None:
    assert mistakes(scaled("{min: 2, max: 10, cpu_percent: 60}", count)) == [
        f"services.api: desired_count must be from scaling.min to scaling.max, 2 to 10, got {count}"
    ]
