"""Measures `python main.py` as a whole process, beside what bounds it.

    .venv/bin/python tools/bench_synth.py

A machine that is busy with other things makes durations say little by themselves, so all cases run in turns, in one
run, and each stands beside the floor: a stack with nothing in it, by cdktf, which loads no provider. Nothing is
asserted but that each case synthesizes.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
MORE = 4
"""Environments beside the first, to see what one more costs."""

FLOOR = "from cdktf import App, TerraformStack; app = App(); TerraformStack(app, 'nothing'); app.synth()"
SYNTH = "import main, pathlib, sys; sys.exit(main.main(pathlib.Path(sys.argv[1])))"


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="greenlight-bench-") as folder:
        _print_table(_measured(_cases(Path(folder)), Path(folder) / "out"))


def _cases(folder: Path) -> list[Case]:
    example = ROOT / "environments" / "sandbox.yaml"
    for name, copies in {"one": 1, "more": 1 + MORE}.items():
        (folder / name).mkdir()
        for number in range(copies):
            shutil.copy(example, folder / name / f"sandbox-{number}.yaml")
    everything = (SYNTH, str(ROOT / "environments"))
    return [
        Case(name="floor", arguments=(FLOOR,)),
        Case(name="one", arguments=(SYNTH, str(folder / "one"))),
        Case(name="more", arguments=(SYNTH, str(folder / "more"))),
        Case(name="all", arguments=everything),
        Case(name="stock", arguments=everything, variables={"GREENLIGHT_EAGER_BINDINGS": "1"}),
    ]


def _measured(cases: list[Case], output: Path) -> dict[str, float]:
    """Median seconds of each case. The first round is not counted: it fills caches, of bytecode and of jsii."""
    took: dict[str, list[float]] = {case.name: [] for case in cases}
    for number in range(1 + ROUNDS):
        for case in cases:
            seconds = _seconds(case, output)
            if number:
                took[case.name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def _seconds(case: Case, output: Path) -> float:
    environment = {**os.environ, "CDKTF_OUTDIR": str(output), **case.variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # where it is set, each start would compile the sources
    begin = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-c", *case.arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    took = time.monotonic() - begin
    if process.returncode:
        sys.exit(f"error: {case.name} does not synthesize: {process.stderr[-2000:]}")
    return took


def _print_table(medians: dict[str, float]) -> None:
    floor, one, all_of_them = medians["floor"], medians["one"], medians["all"]
    rows = [
        ("cdktf without a provider", floor, "the floor: an empty stack"),
        ("one environment", one, f"{one / floor:.2f} of the floor: environments/sandbox.yaml"),
        ("one more", (medians["more"] - one) / MORE, f"each of {MORE} more like it"),
        ("all of environments/", all_of_them, f"{all_of_them / floor:.2f} of the floor"),
        (
            "the same, stock imports",
            medians["stock"],
            f"quick bindings take {all_of_them / medians['stock']:.2f} of it",
        ),
    ]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"python main.py, {cores} cores, load {load:.1f}: medians of {ROUNDS} whole processes each, in turns.")
    for name, seconds, remark in rows:
        print(f"  {name:<26}{seconds:>8.2f} s   {remark}")


if __name__ == "__main__":
    main()
