"""What is released, how, and who does what meanwhile when nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from greenlight.commands import approve, deploy, rollback, stop, watch
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.release import Conflict
from tests.exploration import settings as of
from tests.exploration.settings import AFTER, BEFORE, Settings

CANARY = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 2}}
LINEAR = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 1}}

Verb = Callable[[Context], Result]


@dataclass(frozen=True)
class Command:
    line: str
    verb: Verb


def release(image: str | None, *, until: Until = Until.done, conflict: Conflict = Conflict.refuse) -> Command:
    words = ["greenlight deploy dev/api"]
    words += [f"--image {image}"] if image else []
    words += [] if until is Until.done else [f"--until {until}"]
    words += [] if conflict is Conflict.refuse else [f"--{conflict.value}"]
    options = deploy.Options(image=image, until=until, conflict=conflict)
    return Command(" ".join(words), lambda context: deploy.run(context, options))


APPROVE = Command("greenlight approve dev/api", lambda context: approve.run(context, None, Until.done, dry_run=False))
STOP = Command("greenlight stop dev/api", lambda context: stop.run(context, dry_run=False))
WATCH = Command("greenlight watch dev/api", lambda context: watch.run(context, None, Until.done))
ROLLBACK = Command(
    "greenlight rollback dev/api", lambda context: rollback.run(context, until=Until.done, dry_run=False)
)
V2, V3, LIVE_AGAIN = release(":blue"), release(":third"), release(None)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    name: str
    settings: Settings = field(default_factory=Settings)
    command: Command = V2
    before: tuple[Command, ...] = ()
    """What has been done, to its end, before anything can go wrong."""

    meanwhile: tuple[tuple[float, Command], ...] = ()
    """Other people's commands, each at its minute."""

    others: tuple[Command, ...] = ()
    """Other people's commands, of which any may come at any time."""


def _with(event: str, answer: str) -> dict[str, str]:
    return {BEFORE: of.YES, event: answer}


_CANARY = Settings(routing=CANARY)
_WATCHED = Settings(routing=CANARY, alarms=True, hooks=_with(AFTER, of.YES))
_NO_WAY_BACK = Settings(routing=CANARY, alarms=True, rolls_back=False, hooks=_with(AFTER, of.YES))
_OTHERS = (release(":third", until=Until.ready), V3, STOP, WATCH)
_STARTED = release(":blue", until=Until.ready)

SCENARIOS = {
    found.name: found
    for found in (
        Scenario(name="at once"),
        Scenario(name="canary, with alarms and a hook after the shift", settings=_WATCHED),
        Scenario(name="linear, no bake", settings=Settings(routing=LINEAR, bake_minutes=0)),
        Scenario(
            name="approved",
            settings=Settings(approval_minutes=60, hooks=_with("AfterAllowTestTraffic", of.YES)),
            meanwhile=((3, APPROVE),),
        ),
        Scenario(name="not approved", settings=Settings(approval_minutes=5)),
        Scenario(name="the hook says no", settings=Settings(hooks={BEFORE: of.NO})),
        Scenario(name="the hook never answers", settings=Settings(hooks={BEFORE: of.NEVER})),
        Scenario(name="the hook answers after the hour", settings=Settings(hooks={BEFORE: of.LATE})),
        Scenario(name="the hook crashes", settings=Settings(hooks={BEFORE: of.CRASHES})),
        Scenario(name="the hook does not know that it was heard", settings=Settings(hooks={BEFORE: of.UNHEARD})),
        Scenario(name="the hook after the shift says no", settings=Settings(hooks=_with(AFTER, of.NO))),
        Scenario(name="the candidate never gets healthy", settings=Settings(candidate="never healthy")),
        Scenario(name="the candidate crashes", settings=Settings(candidate="crashes")),
        Scenario(name="no automatic rollback", settings=_NO_WAY_BACK),
        Scenario(
            name="no automatic rollback, and a no after the shift",
            settings=Settings(routing=CANARY, rolls_back=False, hooks=_with(AFTER, of.NO)),
        ),
        Scenario(name="until ready", command=release(":blue", until=Until.ready), settings=_CANARY),
        Scenario(name="until traffic", command=release(":blue", until=Until.traffic), settings=_CANARY),
        Scenario(name="rolled back", command=ROLLBACK, before=(V2,)),
        Scenario(name="stopped in mid-shift", command=STOP, before=(_STARTED,), settings=_CANARY),
        Scenario(name="watched", command=WATCH, before=(_STARTED,), settings=_WATCHED),
        Scenario(
            name="queued", command=release(":third", conflict=Conflict.queue), before=(_STARTED,), settings=_CANARY
        ),
        Scenario(
            name="replacing", command=release(":third", conflict=Conflict.replace), before=(_STARTED,), settings=_CANARY
        ),
        Scenario(name="contended", settings=_CANARY, others=_OTHERS),
        Scenario(
            name="contended, and the first release fails",
            settings=Settings(routing=CANARY, hooks=_with("BeforeInstall", of.NO), only_the_first=True),
            others=_OTHERS,
        ),
    )
}
