"""Plans that Terraform made, kept scrubbed and packed: `recorded/GROUP/NAME.json.xz`, with their labels in YAML.

Plans of one deployed state repeat one another: `recorded/GROUP/plans.xz` has them all, a line each, in a hundredth of
the room.
"""

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "recorded"
# What a plan repeats of every value, and what differs from run to run.
_LEFT_OUT = ("planned_values", "prior_state", "timestamp")


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a person who reviews the plan should be told."""

    plan: str
    """GROUP/NAME"""
    says: str
    """The verdict: blocked, refused, traffic, release, next-release or safe."""
    about: tuple[str, ...]
    """Addresses of which the findings that matter speak."""
    because: str
    typed: bool
    """Written by hand, because Terraform 1.11 with the provider 5.100 cannot make it."""


def save(plan: str, content: Mapping[str, Any]) -> None:
    """Packs `terraform show -json`'s document as GROUP/NAME."""
    file = FOLDER / f"{plan}.json.xz"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(lzma.compress(_scrubbed(content).encode(), preset=9))


def save_together(group: str, plans: Mapping[str, Mapping[str, Any]]) -> None:
    """Packs several of a group's plans, by their names; those that are there and not among them stay."""
    file = FOLDER / group / "plans.xz"
    file.parent.mkdir(parents=True, exist_ok=True)
    texts = _together(file) | {name: _scrubbed(content) for name, content in plans.items()}
    file.write_bytes(lzma.compress("".join(f"{name} {texts[name]}\n" for name in sorted(texts)).encode(), preset=9))
    _together.cache_clear()


def load(plan: str) -> str:
    """The document as text."""
    group, _, name = plan.partition("/")
    together = _together(FOLDER / group / "plans.xz")
    return together[name] if name in together else lzma.decompress((FOLDER / f"{plan}.json.xz").read_bytes()).decode()


def names() -> list[str]:
    """Of all plans: GROUP/NAME."""
    alone = [str(file.relative_to(FOLDER)).removesuffix(".json.xz") for file in FOLDER.rglob("*.json.xz")]
    return sorted(
        [*alone, *(f"{file.parent.name}/{name}" for file in FOLDER.glob("*/plans.xz") for name in _together(file))]
    )


@cache
def _together(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = lzma.decompress(file.read_bytes()).decode().rstrip("\n").split("\n")
    return {name: text for name, _, text in (line.partition(" ") for line in lines)}


def _scrubbed(content: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in content.items() if key not in _LEFT_OUT}, sort_keys=True)


def multiplied(plan: str, size: int) -> str:
    """A plan as large as a large stack's: the changes of `plan` in many modules, up to `size` bytes."""
    content = json.loads(load(plan))
    changes = content["resource_changes"]
    more, length, turn = list(changes), len(json.dumps(content)), 0
    while length < size:
        turn += 1
        copies = [one | {"address": f"module.more_{turn}.{one['address']}"} for one in changes]
        more += copies
        length += len(json.dumps(copies))
    return json.dumps(content | {"resource_changes": more})


def labels() -> list[Label]:
    """Of all plans: `recorded/GROUP/labels.yaml` is a list of {plan, says, about, because, typed}."""
    found = []
    for file in sorted(FOLDER.glob("*/labels.yaml")):
        for one in yaml.safe_load(file.read_text()):
            found.append(
                Label(
                    plan=f"{file.parent.name}/{one['plan']}",
                    says=one["says"],
                    about=tuple(one.get("about", ())),
                    because=one["because"],
                    typed=one.get("typed", False),
                )
            )
    return found
