"""Each YAML file here is one environment, and everything a user edits about it."""

from environments.load import SettingsError, load, names
from environments.settings import Environment

__all__ = ["Environment", "SettingsError", "load", "names"]
