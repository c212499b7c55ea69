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

from sandbox.aws.codedeploy.errors import check_token, error
from sandbox.aws.codedeploy.views import without_content
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import adds
from sandbox.codedeploy_engine.appspec import AppSpec, InvalidAppSpecError, parse
from sandbox.codedeploy_engine.records import Deployment

Revision = dict[str, Any]

_TEXTS = {"AppSpecContent": "appSpecContent", "String": "string"}


def _invalid(message: str) -> CodeDeployException:
    return error("InvalidRevision", message)


def checked(revision: Revision | None) -> tuple[Revision, AppSpec | None]:
    """A revision that is given to be deployed, completed; its AppSpec, unless that is still in S3."""
    if not revision:
        raise error("RevisionRequired", "The revision is missing.")
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
        raise error("ApplicationNameRequired", "The application name is missing.")
    return self.codedeploy_backend.get_application(name)


@adds(Response)
def get_application_revision(self: Response) -> ActionResult:
    """With the whole text, also when asked with the sha256 alone, as GetDeployment gives it."""
    application = _application(self)
    asked = self._get_param("revision")
    if not asked:
        raise error("RevisionRequired", "The revision is missing.")
    for entry in _revisions(self.codedeploy_backend).get(application, ()):
        if _identity(entry["revision"]) == _identity(asked):
            return ActionResult(
                {
                    "applicationName": application.application_name,
                    "revision": entry["revision"],
                    "revisionInfo": entry["info"],
                }
            )
    raise error("RevisionDoesNotExist", "The revision does not exist in this application.")


@adds(Response)
def register_application_revision(self: Response) -> EmptyResult:
    application = _application(self)
    revision, _ = checked(self._get_param("revision"))
    remember(self.codedeploy_backend, application, revision, description=self._get_param("description"))
    return EmptyResult()


@adds(Response)
def list_application_revisions(self: Response) -> ActionResult:
    """Their texts are for GetApplicationRevision."""
    check_token(self)
    application = _application(self)
    found = list(_revisions(self.codedeploy_backend).get(application, ()))
    deployed = self._get_param("deployed") or "ignore"
    if deployed not in ("include", "exclude", "ignore"):
        raise error("InvalidDeployedStateFilter", f"deployed is include, exclude or ignore, got {deployed}.")
    if deployed != "ignore":
        groups = self.codedeploy_backend.deployment_groups.get(application.application_name, {}).values()
        deployed_last = [getattr(group, "last_successful_revision", None) for group in groups]
        targets = [_identity(revision) for revision in deployed_last if revision is not None]
        found = [entry for entry in found if (_identity(entry["revision"]) in targets) == (deployed == "include")]
    bucket, prefix = self._get_param("s3Bucket"), self._get_param("s3KeyPrefix")
    if prefix and not bucket:
        raise error("BucketNameFilterRequired", "A key prefix is given together with its bucket.")
    if bucket:
        locations = [(entry, entry["revision"].get("s3Location") or {}) for entry in found]
        found = [
            entry
            for entry, location in locations
            if location.get("bucket") == bucket and location["key"].startswith(prefix or "")
        ]
    order = self._get_param("sortOrder") or "ascending"
    if order not in ("ascending", "descending"):
        raise error("InvalidSortOrder", f"sortOrder is ascending or descending, got {order}.")
    sort = self._get_param("sortBy")
    if sort:
        if sort not in ("registerTime", "firstUsedTime", "lastUsedTime"):
            raise error("InvalidSortBy", f"sortBy is registerTime, firstUsedTime or lastUsedTime, got {sort}.")
        found.sort(key=lambda entry: str(entry["info"].get(sort, "")), reverse=order == "descending")
    return ActionResult({"revisions": [without_content(entry["revision"]) for entry in found]})
