"""Each YAML file here is one environment, and everything a user edits about it."""

from environments.load import FOLDER, SettingsError, load, names
from environments.settings import Environment

__all__ = ["FOLDER", "Environment", "SettingsError", "load", "names"]
