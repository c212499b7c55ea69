"""Reads `environments/<name>.yaml`, and names everything that is wrong with it at once."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from environments.account import Account
from environments.explain import explain
from environments.literal import is_token
from environments.names import mistakes_together
from environments.read import ReadError, read
from environments.registry import Registry
from environments.settings import Environment
from environments.shown import shown

FOLDER = Path(__file__).parent
File = Environment | Account | Registry
KINDS: dict[object, type[Environment] | type[Account] | type[Registry]] = {
    "environment": Environment,
    "account": Account,
    "registry": Registry,
}
# What CDKTF, S3's keys and a shell all take as it is.
_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class SettingsError(Exception):
    """A settings file cannot be used. The message names file, key, what it got and what would be right."""


def names(folder: Path = FOLDER) -> list[str]:
    """The environments there are, right or wrong."""
    return sorted(entry.stem for entry in _entries(folder) if entry.suffix == ".yaml" and not _misnamed(entry))


def load(name: str, folder: Path = FOLDER) -> Environment:
    """The settings of an environment. Raises SettingsError as `load_file` does, and for a file of another kind."""
    found = load_file(name, folder)
    if not isinstance(found, Environment):
        raise _error(folder / f"{name}.yaml", [f"kind: must be environment here, got {found.kind}"])
    return found


def load_file(name: str, folder: Path = FOLDER) -> File:
    """The settings of `<folder>/<name>.yaml`. Raises SettingsError with every mistake found in it."""
    if name not in names(folder):
        raise SettingsError(
            f"{folder / name}.yaml: no such environment, there are: {', '.join(names(folder)) or 'none'}"
        )
    file = folder / f"{name}.yaml"
    try:
        given = read(file)
    except ReadError as error:
        raise _error(file, error.mistakes) from error
    if not isinstance(given, dict):
        what = "nothing" if given is None else shown(given)
        raise _error(file, [f"must be a mapping of settings such as `account:`, got {what}"])
    kind = given.get("kind", "environment")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _error(file, [f"kind: must be {' or '.join(map(str, KINDS))}, got {shown(kind)}"])
    try:
        return KINDS[kind].model_validate(given, context={"stack": name})
    except ValidationError as error:
        mistakes = explain(error, KINDS[kind])
        if "name" not in given:
            mistakes = [
                f"{line}, the file's name; set name" if line.startswith("name: ") else line for line in mistakes
            ]
        raise _error(file, mistakes) from error


def load_all(folder: Path = FOLDER) -> tuple[dict[str, File], list[str]]:
    """The settings of every file that is right, by name, and the mistakes of all others and between them."""
    found: dict[str, File] = {}
    mistakes = [line for entry in _entries(folder) if (line := _misnamed(entry))]
    for name in names(folder):
        try:
            found[name] = load_file(name, folder)
        except SettingsError as error:
            mistakes.append(str(error))
    mistakes += mistakes_together(
        {str(folder / f"{name}.yaml"): one for name, one in found.items() if isinstance(one, Environment)}
    )
    mistakes += _wrong_accounts(folder, found)
    mistakes += _shared_repositories(folder, found)
    if not found and not mistakes:
        mistakes = [f"{folder}: no environment is in it; each is a file such as dev.yaml"]
    return found, mistakes


def in_account(account: str, found: Mapping[str, File]) -> dict[str, Environment]:
    """The environments in one AWS account, by name."""
    return {name: one for name, one in found.items() if isinstance(one, Environment) and one.account == account}


def registries_in(account: str, found: Mapping[str, File]) -> dict[str, Registry]:
    """The registries in one AWS account, by name."""
    return {name: one for name, one in found.items() if isinstance(one, Registry) and one.account == account}


def account_of(environment: Environment, found: Mapping[str, File]) -> Account | None:
    """The settings of the AWS account that an environment is in, where there are any."""
    accounts = (one for one in found.values() if isinstance(one, Account))
    return next((one for one in accounts if one.account == environment.account), None)


def _wrong_accounts(folder: Path, found: Mapping[str, File]) -> Iterator[str]:
    files: dict[str, list[str]] = {}
    for name, one in found.items():
        if isinstance(one, Account):
            files.setdefault(one.account, []).append(str(folder / f"{name}.yaml"))
    for account, sharing in files.items():
        if len(sharing) > 1:
            yield f"{', '.join(sharing)}: all are of account {account}, which has these roles once: keep one of them"
        elif not in_account(account, found):
            yield f"{sharing[0]}: there is no environment in account {account} for its roles to plan, apply or release"


def _shared_repositories(folder: Path, found: Mapping[str, File]) -> Iterator[str]:
    owners: dict[tuple[str, str, str], Path] = {}
    for name, one in found.items():
        file = folder / f"{name}.yaml"
        for repository in one.repositories if isinstance(one, Registry) else ():
            owner = owners.setdefault((one.account, one.region, repository), file)
            if owner != file:
                yield f"{file}: repositories: {repository} is also in {owner}, of the same account and region: keep one"


def _entries(folder: Path) -> list[Path]:
    """Without hidden files, of which some are editors' own: .#dev.yaml, .dev.yaml.swp."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _misnamed(entry: Path) -> str | None:
    suffix = entry.suffix.lower()
    if suffix not in (".yaml", ".yml"):
        return None  # not meant as an environment; dev.yaml~ and dev.yaml.orig are editors' and git's copies
    if entry.suffix != ".yaml":
        return f"{entry}: would not be read: rename it to {entry.stem}.yaml"
    if not _STACK.fullmatch(entry.stem):
        return (
            f"{entry}: a file's name is its stack's: 1 to 64 letters, digits, - and _ that begin with a letter or "
            f"digit, got {shown(entry.stem)}"
        )
    return f"{entry}: this name has a meaning of its own to CDKTF: rename it" if is_token(entry.stem) else None


def _error(file: Path, mistakes: list[str]) -> SettingsError:
    return SettingsError("\n".join(f"{file}: {mistake}" for mistake in mistakes))
