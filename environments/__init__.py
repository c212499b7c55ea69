"""Each YAML file here is one environment, and everything a user edits about it."""

from environments.literal import literal
from environments.load import FOLDER, SettingsError, load, load_all, names
from environments.settings import Environment

__all__ = ["FOLDER", "Environment", "SettingsError", "literal", "load", "load_all", "names"]
