"""One request through the public API, at the end of a release.

The hook asks the load balancer, from inside the network. Only a request through the API shows what is in front of that:
the VPC link, the integration, a header that the load balancer refuses.
"""

import http.client
from dataclasses import asdict, dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from greenlight.context import Context
from greenlight.manifest import Urls

LIMIT_SECONDS = 10.0


@dataclass(frozen=True)
class Smoke:
    """What `url` answered: its status, or the error where there was no answer."""

    url: str
    status: int | None = None
    error: str | None = None

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 400


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def run(context: Context) -> dict[str, Any] | None:
    """Asks for the first literal GET route, once, and shows the answer; None where the API has no such route.

    Whatever the answer is, the release stands: it does not change the API, and its hooks have agreed.
    """
    url = first_route(context.manifest.urls)
    if url is None:
        return None
    answer = get(url)
    said = f"answered {answer.status}" if answer.status else f"gave no answer: {answer.error}"
    if answer.good:
        context.show.line(f"GET {url} {said}")
    else:
        context.show.line(f"GET {url} {said}. The release stands. {_causes(answer.status)}", "yellow")
    return asdict(answer)


def get(url: str) -> Smoke:
    """One GET, through the environment's proxy if it names one. Follows no redirect; waits 10 seconds for each step."""
    try:
        with build_opener(_StayHere).open(
            Request(url, headers={"User-Agent": "greenlight"}), timeout=LIMIT_SECONDS
        ) as answer:
            return Smoke(url, status=answer.status)
    except HTTPError as error:
        with error:
            return Smoke(url, status=error.code)
    except URLError as error:
        return Smoke(url, error=str(error.reason))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Smoke(url, error=str(error) or repr(error))


def first_route(urls: Urls | None) -> str | None:
    """The URL of the first GET route without a variable; None where the API has none."""
    if urls is None or not urls.api.startswith(("http://", "https://")):
        return None
    paths = (route.removeprefix("GET ") for route in urls.routes if route.startswith("GET /") and "{" not in route)
    path = next(paths, None)
    return f"{urls.api.rstrip('/')}{path}" if path else None


def _causes(status: int | None) -> str:
    match status:
        case None:
            return "Likely: this machine cannot reach the API, or its name is gone"
        case 401 | 403:
            return "Likely: an authorizer or a firewall, which does not know this caller"
        case 404:
            return "Likely: the route is not deployed, or the new version does not serve this path"
        case 502 | 503 | 504:
            return "Likely: the VPC link, its security groups, or the load balancer's listener"
        case _:
            return "Likely: the integration sends what the load balancer or the new version refuses"
