"""Plans that Terraform made, kept scrubbed and packed: `recorded/GROUP/NAME.json.xz`, with their labels in YAML."""

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
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
    text = json.dumps({key: value for key, value in content.items() if key not in _LEFT_OUT}, sort_keys=True)
    file.write_bytes(lzma.compress(text.encode(), preset=9))


def load(plan: str) -> str:
    """The document as text."""
    return lzma.decompress((FOLDER / f"{plan}.json.xz").read_bytes()).decode()


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
