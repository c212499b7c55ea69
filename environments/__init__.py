"""Each YAML file here is one Terraform stack, and everything a user edits about it."""

from environments.account import Account
from environments.literal import literal
from environments.load import (
    FOLDER,
    File,
    SettingsError,
    account_of,
    in_account,
    load,
    load_all,
    load_file,
    names,
    registries_in,
)
from environments.registry import Registry
from environments.settings import Environment

__all__ = [
    "FOLDER",
    "Account",
    "Environment",
    "File",
    "Registry",
    "SettingsError",
    "account_of",
    "in_account",
    "literal",
    "load",
    "load_all",
    "load_file",
    "names",
    "registries_in",
]
