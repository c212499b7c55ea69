"""HTTP API route keys, by API Gateway's rules."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from environments.shown import shown

MOST = 300  # routes an HTTP API may have
_KEY = re.compile(r"(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY) (?P<path>/\S*)")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*")
_VARIABLE = re.compile(r"\{[A-Za-z0-9._-]+\+?\}")


def _check(route: str) -> str:
    if route == "$default":
        return route
    found = _KEY.fullmatch(route)
    if not found:
        raise ValueError(
            f'must be "<METHOD> /path" or "$default", the method one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS '
            f"and ANY, got {shown(route)}"
        )
    *inner, last = found["path"].split("/")
    for segment in [*inner, last]:
        if _VARIABLE.fullmatch(segment):
            if segment.endswith("+}") and segment is not last:
                raise ValueError(f"{segment} must be the end of the path, got {shown(route)}")
        elif not _SEGMENT.fullmatch(segment):
            raise ValueError(
                "a path is made of letters, digits, -._~!$&'()*+,;=:@, %XX, and of variables that are a whole "
                f"segment, such as {{id}}; got {shown(route)}"
            )
    return route


Route = Annotated[str, AfterValidator(_check)]


def is_literal_get(route: str) -> bool:
    return route.startswith("GET ") and "{" not in route


def mistakes(routes: Iterable[tuple[str, str]]) -> list[str]:
    """What one API would refuse in the routes of all services; each is given with its service's key."""
    found = []
    owners: dict[str, str] = {}
    variables: dict[tuple[str, bool], tuple[str, str]] = {}
    for service, route in routes:
        if owners.get(route) == service:
            found.append(f'services.{service}: route "{route}" is given more than once')
        elif route in owners:
            found.append(
                f'services.{service}: route "{route}" is taken by services.{owners[route]}; each needs its own'
            )
        owners[route] = service
        level = ""
        for segment in route.partition(" ")[2].split("/")[1:]:
            if segment.startswith("{"):
                at = (level, segment.endswith("+}"))
                name, other = variables.setdefault(at, (segment, route))
                if name != segment:
                    found.append(
                        f'services.{service}: route "{route}" has {segment} where "{other}" has {name}: '
                        "API Gateway wants one name for the variable at one place"
                    )
                segment = "{}"
            level += f"/{segment}"
    if len(owners) > MOST:
        found.append(f"services: the API may have {MOST} routes, got {len(owners)}")
    return found
