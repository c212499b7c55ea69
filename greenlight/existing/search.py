"""Looks for what a plan would create."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from greenlight.aws import Session, error_code
from greenlight.review.plan import Action, Change, Plan

MARK = "greenlight:environment"
"""The tag by which an environment's own things are told from others of the same name."""


@dataclass(frozen=True, kw_only=True)
class Object:
    """One thing that AWS has."""

    id: str
    """What Terraform imports it by. Where other resources refer to its id or ARN, it is that too."""

    tags: Mapping[str, str] | None = None
    """None: it has none of its own, and is part of what it was found in."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is of one resource: at most one of the two is set."""

    id: str | None = None
    """Terraform's id for its import."""

    unclear: str | None = None
    """Why it is not imported, though something is there."""


Finder = Callable[["Search", Change], Iterable[Object]]
"""Yields what AWS has in the place of a resource. Raises AbsentError where something that it is part of is absent."""


class AbsentError(Exception):
    """What a resource is part of is not there, so neither is the resource."""


class UnclearError(Exception):
    """Something is there, and a person has to do something first: the message says what."""


class Search:
    """Asks AWS once for each resource, in any order: what a resource refers to is looked for first."""

    def __init__(self, plan: Plan, aws: Session, finders: Mapping[str, Finder]) -> None:
        self.aws = aws
        self.client = cache(aws.client)
        self._references = plan.references
        self._changes = {change.address: change for change in plan.changes if change.managed and change.deposed is None}
        self._finders = finders
        self._found: dict[str, Found] = {}

    def arn(self, service: str, resource: str) -> str:
        """Of something in the account and region that are asked."""
        return f"arn:{self.aws.partition}:{service}:{self.aws.region}:{self.aws.account}:{resource}"

    def created(self) -> list[Change]:
        """What the plan creates or imports, in its order."""
        return [one for one in self._changes.values() if one.action is Action.CREATE or one.importing]

    def find(self, change: Change) -> Found:
        """Raises LookupError for a type that has no finder."""
        finder = self._finders[change.type]
        if change.address not in self._found:
            self._found[change.address] = self._look(finder, change)
        return self._found[change.address]

    def replaced(self) -> list[Change]:
        """What the plan makes anew, in its order."""
        return [one for one in self._changes.values() if one.action is Action.REPLACE and one.type in self._finders]

    def left_over(self, change: Change) -> list[str]:
        """Of a resource that the plan replaces: what AWS has beside it, of an earlier try to make the new one."""
        try:
            there = list(self._finders[change.type](self, change))
        except (AbsentError, UnclearError):
            return []
        mine = change.value(change.before, "id")
        return [one.id for one in self._own(change, there) if one.tags is not None and one.id != mine]

    def value(self, change: Change, argument: str) -> str:
        """The argument's value. Where only an apply would know it, the id of what it refers to."""
        known = change.value(change.after, argument)
        if known is not None:
            return str(known)
        for name in self._references.get(change.configured_as, {}).get(argument, ()):
            other = self._changes.get(".".join(name.split(".")[:2]))
            if other and other.type in self._finders and (found := self.find(other)).id:
                return found.id
        raise AbsentError(argument)

    def optional(self, change: Change, argument: str) -> str | None:
        """As `value`, but None for an argument that is not given."""
        given = self._references.get(change.configured_as, {}).get(argument)
        if given is None and change.value(change.after, argument) is None:
            return None
        return self.value(change, argument)

    def filters(self, change: Change, **more: str) -> list[dict[str, Any]]:
        """EC2's filters for the resource's own name, and for others: `vpc_id` is EC2's `vpc-id`."""
        named = {"tag:Name": str(change.value(change.after, "tags_all", "Name"))}
        wanted = named | {name.replace("_", "-"): value for name, value in more.items()}
        return [{"Name": name, "Values": [value]} for name, value in wanted.items()]

    def _look(self, finder: Finder, change: Change) -> Found:
        try:
            there = list(finder(self, change))
        except AbsentError:
            return Found()
        except UnclearError as error:
            return Found(unclear=str(error))
        own = self._own(change, there)
        if len(own) == 1:
            return Found(id=own[0].id)
        ids = ", ".join(one.id for one in own or there)
        if own:
            return Found(unclear=f"{len(own)} match: {ids}. Delete those that nothing uses")
        if there:
            return Found(
                unclear=f"{ids} has not the tag {MARK} that the plan gives it: it may be somebody else's, so look first"
            )
        return Found()

    def is_own(self, change: Change, tags: Mapping[str, str]) -> bool:
        """Whether something with these tags is certainly this environment's."""
        mark = change.value(change.after, "tags_all", MARK)
        return mark is not None and tags.get(MARK) == mark

    def _own(self, change: Change, there: list[Object]) -> list[Object]:
        return [one for one in there if one.tags is None or self.is_own(change, one.tags)]


def tags_of(found: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """AWS's list of tags, as a mapping."""
    return {one[key]: one[value] for one in found}


def there(call: Callable[..., dict[str, Any]], *codes: str, **request: Any) -> Iterator[dict[str, Any]]:
    """The answer, or nothing where AWS says with one of these codes that there is no such thing."""
    try:
        answer = call(**request)
    except ClientError as error:
        if error_code(error) not in codes:
            raise
        return
    yield answer


def pages(client: Any, operation: str, key: str, **request: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**request):
        yield from page[key]
