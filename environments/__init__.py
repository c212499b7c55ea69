"""Each YAML file here is one Terraform stack, an environment or an account, and everything a user edits about it."""

from environments.account import Account
from environments.literal import literal
from environments.load import FOLDER, SettingsError, account_of, in_account, load, load_all, load_file, names
from environments.settings import Environment

__all__ = [
    "FOLDER",
    "Account",
    "Environment",
    "SettingsError",
    "account_of",
    "in_account",
    "literal",
    "load",
    "load_all",
    "load_file",
    "names",
]
