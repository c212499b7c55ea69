"""Runs a scenario with this or that going wrong, looks whether every promise is kept, and tells the story if not.

First everything that can happen, one thing a run, at every point of the scenario; then two and three things at points
that are drawn with a fixed seed. So each search is the same as the one before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from tests.exploration import promises
from tests.exploration.api import Api
from tests.exploration.choices import Choices, Point, SomeChoices
from tests.exploration.processes import Process
from tests.exploration.scenarios import LIVE_AGAIN, ROLLBACK, SCENARIOS, V2, V3, WATCH, Command, Scenario
from tests.exploration.timeline import Other
from tests.exploration.world import LOOK_SECONDS, World, simulated
from tests.sandbox.codedeploy_world import ALL_AT_ONCE

RAN: Counter[str] = Counter()
"""Interleavings that ran, by scenario."""


@dataclass(frozen=True)
class Run:
    scenario: Scenario
    made: Mapping[int, str]
    points: tuple[Point, ...]
    broken: tuple[str, ...]
    exits: Mapping[str, int | None]
    """By command line, its exit code; None of one that was killed."""

    story: tuple[tuple[float, str], ...]

    def __str__(self) -> str:
        last = max((number for number, (_, text) in enumerate(self.story) if text.startswith("BROKEN")), default=-2)
        lines = [f"{_time(seconds)}  {text}" for seconds, text in self.story[: last + 1]]
        broken = "\n".join(f"  {promise}" for promise in dict.fromkeys(self.broken))
        return f"broken:\n{broken}\n" + "\n".join(lines) + f"\n\nagain: run({self.scenario.name!r}, {dict(self.made)})"


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:4}:{rest:02}"


def run(name: str, chosen: Mapping[int, str] | Choices | None = None, known: set[object] | None = None) -> Run:
    """One way in which it may go; the choices are by the number of the point, as a story's last line has them.

    `known`: states from which the next release has succeeded already.
    """
    scenario = SCENARIOS[name]
    RAN[name] += 1
    choices = chosen if isinstance(chosen, Choices) else Choices(chosen)
    world = World(scenario.settings, choices)
    api = Api(world)
    with simulated(world):
        for command in scenario.before:
            Process(world, api, command.line).run(command.verb)
        if scenario.command.verb is ROLLBACK.verb:
            world.settle()
        exits = _explore(world, api, scenario)
        _recover(world, api, set() if known is None else known)
    return Run(scenario, choices.made, tuple(choices.points), tuple(world.broken), exits, tuple(world.story))


def _explore(world: World, api: Api, scenario: Scenario) -> dict[str, int | None]:
    exits: dict[str, int | None] = {}

    def judged(command: Command) -> None:
        process = Process(world, api, command.line)
        exits[command.line] = process.run(command.verb).code
        promises.at_exit(world, api, process)

    world.exploring = True
    world.others = _others(world, api)
    for command in scenario.others:
        world.others.append(Other(command.line, lambda: True, partial(judged, command), takes_time=True))
    for minute, command in scenario.meanwhile:
        world.at(world.seconds + 60 * minute, partial(judged, command))
    judged(scenario.command)
    world.settle()
    promises.when_quiet(world)
    world.exploring = False
    return exits


def _others(world: World, api: Api) -> list[Other]:
    """What people and the world may do at any time."""

    def may_stop() -> bool:
        found = world.active()
        return found is not None and found.can_be_stopped and found.stop_request is None

    def stop(*, rollback: bool) -> None:
        found = world.active()
        assert found is not None
        api.codedeploy_StopDeployment(deploymentId=found.deployment_id, autoRollbackEnabled=rollback)

    def fire() -> None:
        world.fires("errors")

    def fire_at_once() -> None:
        """Nobody has looked in between."""
        fire()
        for _ in range(int(LOOK_SECONDS) + 5):
            if (found := world.active()) is None or found.undoes:
                return
            world.advance(1.0)

    def may_fire() -> bool:
        return world.settings.alarms and not world.firing

    return [
        Other("somebody stops it, with rollback", may_stop, partial(stop, rollback=True)),
        Other("somebody stops it, without rollback", may_stop, partial(stop, rollback=False)),
        Other("an alarm fires", may_fire, fire),
        Other("an alarm fires, and the rollback begins", may_fire, fire_at_once, takes_time=True),
        Other("the service is scaled, and does not settle", world.can_be_scaled, world.scale),
    ]


def _recover(world: World, api: Api, known: set[object]) -> None:
    """What the on-call person does on the next day: look, and release again."""
    state = _state(world, api)
    if state in known:
        return
    broken = len(world.broken)
    world.advance(86400)
    world.note("the next day")
    world.settings = replace(world.settings, routing=ALL_AT_ONCE, bake_minutes=0, approval_minutes=0)
    if world.deployments:
        process = Process(world, api, WATCH.line).run(WATCH.verb)
        kept = process.code in (0, 3, 5) and api.suspended == api.before
        world.promise(kept, "greenlight watch brings autoscaling back as it was")
    for command in (LIVE_AGAIN, _new(world, api)):
        process = Process(world, api, command.line).run(command.verb)
        world.settle()
        promises.afterwards(world, api, process)
    if len(world.broken) == broken:
        known.add(state)


def _new(world: World, api: Api) -> Command:
    """A release of another version than the live one."""
    return V2 if world.primary_set().task_definition in api.revisions_of(":third") else V3


def _state(world: World, api: Api) -> object:
    """What the next release depends on."""
    sets = [(one.group, one.status, _image(api, one.task_definition)) for one in world.service.task_sets]
    shares = [sorted(one.items()) for one in world.shares.values()]
    last = [
        (one.status, one.error, one.undoes is None, one.rollback_info is None, one.green_weight, one.original_ends)
        for one in list(world.deployments.values())[-2:]
    ]
    return repr((sets, shares, last, api.suspended, "/greenlight/dev/api/suspended" in api.parameters))


def _image(api: Api, task_definition: str) -> str:
    return str(api.revisions[task_definition]["definition"]["containerDefinitions"][0]["image"])


# The search -----------------------------------------------------------------------------------------------------------


def one_thing(name: str) -> Iterator[Run]:
    """As usual, then with each thing that can happen, at each point."""
    known: set[object] = set()
    usual = run(name, known=known)
    yield usual
    for number, point in enumerate(usual.points):
        for what in point.possible:
            yield run(name, {number: what}, known)


def several_things(name: str, runs: int) -> Iterator[Run]:
    """Two or three things a run."""
    known: set[object] = set()
    points = len(run(name, known=known).points)
    for turn in range(runs):
        random = Random(f"{name} {turn}")
        numbers = random.sample(range(points), min(points, random.choice((2, 2, 3))))
        yield run(name, SomeChoices(numbers, random), known)


def smallest(found: Run) -> Run:
    """With what is not needed to break the same promise left out."""
    for number in found.made:
        fewer = run(found.scenario.name, {key: what for key, what in found.made.items() if key != number})
        if found.broken[0] in fewer.broken:
            return smallest(fewer)
    return found
