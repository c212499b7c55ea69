"""CodeDeploy's revisions: what was deployed, or registered to be, with its text. GetDeployment never tells the text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from hashlib import sha256
from typing import Any

from moto.codedeploy.exceptions import CodeDeployException
from moto.codedeploy.models import CodeDeployBackend
from moto.codedeploy.responses import CodeDeployResponse as Response
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from sandbox.aws.errors import NotModelled
from sandbox.codedeploy_engine.appspec import AppSpec, InvalidAppSpecError, parse
from sandbox.codedeploy_engine.records import Deployment, without_content

Revision = dict[str, Any]

_TEXTS = {"AppSpecContent": "appSpecContent", "String": "string"}


def _invalid(message: str) -> CodeDeployException:
    return CodeDeployException("InvalidRevisionException", message)


def checked(revision: Revision | None) -> tuple[Revision, AppSpec | None]:
    """A revision that is given to be deployed, completed; its AppSpec, unless that is still in S3."""
    if not revision:
        raise CodeDeployException("RevisionRequiredException", "The revision is missing.")
    kind = revision.get("revisionType")
    if kind == "S3":
        location = revision.get("s3Location") or {}
        if not location.get("bucket") or not location.get("key"):
            raise _invalid("An S3 revision has a bucket and a key.")
        if location.get("bundleType") not in ("YAML", "JSON"):
            raise NotModelled(f"S3 revisions of type {location.get('bundleType')} (YAML and JSON are)")
        return deepcopy(revision), None
    if kind == "GitHub":
        raise NotModelled("revisions in GitHub")
    key = _TEXTS.get(str(kind))
    if key is None:
        raise _invalid(f"The revision type {kind} is not valid.")
    given = revision.get(key) or {}
    content = given.get("content")
    if not content:
        raise _invalid("The content of the AppSpec file is missing.")
    digest = sha256(content.encode()).hexdigest()
    if given.get("sha256") not in (None, "", digest):
        raise _invalid("The sha256 of the AppSpec file is not that of its content.")
    with _told():
        appspec = parse(content)
    return {"revisionType": kind, key: {"content": content, "sha256": digest}}, appspec


def check_hooks(appspec: AppSpec, deployment: Deployment) -> None:
    """Those of a deployment that is about to be made."""
    with _told():
        appspec.check_hooks(test_listener=bool(deployment.test_listeners))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except InvalidAppSpecError as problem:
        raise _invalid(f"The AppSpec file is not valid: {problem}.") from None


def _revisions(backend: CodeDeployBackend) -> dict[Any, list[dict[str, Any]]]:
    """By application object, as applications can be renamed. Newest last."""
    own: dict[Any, list[dict[str, Any]]] = backend.__dict__.setdefault("revisions", {})
    return own


def _identity(revision: Revision) -> Any:
    key = _TEXTS.get(str(revision.get("revisionType")))
    if key:
        given = revision.get(key) or {}
        content = given.get("content")
        return given.get("sha256") or (sha256(content.encode()).hexdigest() if content else None)
    location = revision.get("s3Location") or {}
    return tuple(location.get(name) for name in ("bucket", "key", "bundleType", "version", "eTag"))


def remember(
    backend: CodeDeployBackend,
    application: Any,
    revision: Revision,
    *,
    group: str | None = None,
    description: str | None = None,
) -> None:
    """Registered by hand, or (with ``group``) deployed just now."""
    known = _revisions(backend).setdefault(application, [])
    entry = next((item for item in known if _identity(item["revision"]) == _identity(revision)), None)
    now = utcnow()
    if entry is None:
        entry = {"revision": revision, "info": {"registerTime": now, "deploymentGroups": []}}
        known.append(entry)
    info = entry["info"]
    if description:
        info["description"] = description
    if group is not None:
        info.setdefault("firstUsedTime", now)
        info["lastUsedTime"] = now
        if group not in info["deploymentGroups"]:
            info["deploymentGroups"].append(group)


def _application(self: Response) -> Any:
    name = self._get_param("applicationName")
    if not name:
        raise CodeDeployException("ApplicationNameRequiredException", "The application name is missing.")
    return self.codedeploy_backend.get_application(name)


def get_application_revision(self: Response) -> ActionResult:
    """With the whole text, also when asked with the sha256 alone, as GetDeployment gives it."""
    application = _application(self)
    asked = self._get_param("revision")
    if not asked:
        raise CodeDeployException("RevisionRequiredException", "The revision is missing.")
    for entry in _revisions(self.codedeploy_backend).get(application, ()):
        if _identity(entry["revision"]) == _identity(asked):
            return ActionResult(
                {
                    "applicationName": application.application_name,
                    "revision": entry["revision"],
                    "revisionInfo": entry["info"],
                }
            )
    raise CodeDeployException("RevisionDoesNotExistException", "The revision does not exist in this application.")


def register_application_revision(self: Response) -> EmptyResult:
    application = _application(self)
    revision, _ = checked(self._get_param("revision"))
    remember(self.codedeploy_backend, application, revision, description=self._get_param("description"))
    return EmptyResult()


def list_application_revisions(self: Response) -> ActionResult:
    """Their texts are for GetApplicationRevision."""
    found = list(_revisions(self.codedeploy_backend).get(_application(self), ()))
    deployed = self._get_param("deployed") or "ignore"
    if deployed not in ("include", "exclude", "ignore"):
        raise CodeDeployException("InvalidDeployedStateFilterException", f"{deployed} is no deployed state.")
    if deployed != "ignore":
        found = [entry for entry in found if ("lastUsedTime" in entry["info"]) == (deployed == "include")]
    sort = self._get_param("sortBy")
    if sort:
        if sort not in ("registerTime", "firstUsedTime", "lastUsedTime"):
            raise CodeDeployException("InvalidSortByException", f"Revisions cannot be sorted by {sort}.")
        found.sort(
            key=lambda entry: str(entry["info"].get(sort, "")), reverse=self._get_param("sortOrder") == "descending"
        )
    return ActionResult({"revisions": [without_content(entry["revision"]) for entry in found]})


def install() -> None:
    for function in (get_application_revision, register_application_revision, list_application_revisions):
        setattr(Response, function.__name__, function)
