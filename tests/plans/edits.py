"""Edits of a synthesized stack, for what the settings do not offer: as people change their own Terraform.

Resources are named by their construct's path below the stack, such as `service-api/traffic/prod-listener`; in a text,
`@{PATH}` stands for the resource's address.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any


class Synthesized:
    """The content of cdk.tf.json."""

    def __init__(self, text: str) -> None:
        self.content: dict[str, Any] = json.loads(text)

    def text(self) -> str:
        return json.dumps(self.content)

    def found(self, construct: str) -> tuple[str, str]:
        """Its type and name. Raises LookupError."""
        for kind, resources in self.content["resource"].items():
            for name, resource in resources.items():
                _, _, path = resource["//"]["metadata"]["path"].partition("/")
                if path == construct:
                    return kind, name
        raise LookupError(f"no resource of the construct {construct}")

    def __getitem__(self, construct: str) -> dict[str, Any]:
        kind, name = self.found(construct)
        resource: dict[str, Any] = self.content["resource"][kind][name]
        return resource

    def address(self, construct: str) -> str:
        return ".".join(self.found(construct))

    def filled(self, value: Any) -> Any:
        """`value` with addresses in it."""
        if isinstance(value, str):
            return re.sub(r"@\{([^}]+)\}", lambda match: self.address(match[1]), value)
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        return value


Edit = Callable[[Synthesized], None]


def put(construct: str, values: Mapping[str, Any]) -> Edit:
    """Sets arguments, dotted where they are nested; None takes one out."""

    def edit(stack: Synthesized) -> None:
        for path, value in values.items():
            *parents, last = path.split(".")
            place: Any = stack[construct]
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
            if value is None:
                del place[last]
            else:
                place[last] = stack.filled(value)

    return edit


def reworded(construct: str, argument: str, old: str, new: str) -> Edit:
    """Replaces a part of an argument that is a text."""

    def edit(stack: Synthesized) -> None:
        resource = stack[construct]
        assert stack.filled(old) in resource[argument], resource[argument]
        resource[argument] = resource[argument].replace(stack.filled(old), stack.filled(new))

    return edit


def without(*constructs: str) -> Edit:
    """Takes resources out, and what says no more than that something waits for them."""

    def edit(stack: Synthesized) -> None:
        gone = {stack.address(construct) for construct in constructs}
        for address in gone:
            kind, name = address.split(".")
            del stack.content["resource"][kind][name]
            if not stack.content["resource"][kind]:
                del stack.content["resource"][kind]
        for resources in stack.content["resource"].values():
            for resource in resources.values():
                if "depends_on" in resource:
                    resource["depends_on"] = [one for one in resource["depends_on"] if one not in gone]

    return edit


def added(kind: str, name: str, arguments: Mapping[str, Any]) -> Edit:
    """One more resource."""

    def edit(stack: Synthesized) -> None:
        resource = {"//": {"metadata": {"path": f"dev/{name}", "uniqueId": name}}, **stack.filled(arguments)}
        stack.content["resource"].setdefault(kind, {})[name] = resource

    return edit


def with_block(kind: str, *blocks: Mapping[str, Any]) -> Edit:
    """Adds `moved`, `import`, `removed`, `check` or `output` blocks."""

    def edit(stack: Synthesized) -> None:
        filled = [stack.filled(block) for block in blocks]
        if kind in ("check", "output"):
            for block in filled:
                stack.content.setdefault(kind, {}).update(block)
        else:
            stack.content.setdefault(kind, []).extend(filled)

    return edit


def renamed(construct: str, name: str, *, moved: bool = False) -> Edit:
    """Gives a resource another name in the configuration, with a `moved` block or without."""

    def edit(stack: Synthesized) -> None:
        kind, old = stack.found(construct)
        stack.content = json.loads(stack.text().replace(old, name))
        if moved:
            stack.content["moved"] = [{"from": f"{kind}.{old}", "to": f"{kind}.{name}"}]

    return edit


def not_ignored(construct: str, *arguments: str) -> Edit:
    """Without the ignore rule of these arguments; without any of its own, of all."""

    def edit(stack: Synthesized) -> None:
        lifecycle = stack[construct]["lifecycle"]
        ignored = lifecycle.pop("ignore_changes")
        left = [one for one in ignored if arguments and one not in arguments]
        if left:
            lifecycle["ignore_changes"] = left

    return edit


def unguarded(stack: Synthesized) -> None:
    """Without preconditions: ours refuse some changes before there is a plan, and other stacks have none."""
    for resources in stack.content["resource"].values():
        for resource in resources.values():
            resource.get("lifecycle", {}).pop("precondition", None)


def tagged(stack: Synthesized) -> None:
    """One more default tag, which reaches every resource."""
    stack.content["provider"]["aws"][0]["default_tags"][0]["tags"]["team"] = "payments"
