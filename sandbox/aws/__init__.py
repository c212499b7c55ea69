"""What moto 5.2.5 lacks or gets wrong for this stack, one file or folder a service, attached to moto's own classes."""

from __future__ import annotations

import os
from importlib import import_module
from pkgutil import walk_packages

from sandbox.access import ledger
from sandbox.aws import context, patch
from sandbox.clock import Clock
from sandbox.state import Settings

_MOTO = {
    "MOTO_ACCOUNT_ID": None,
    # AttachRolePolicy of an AWS-managed policy is NoSuchEntity otherwise.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
    # A web page in the user's browser has no business here.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # Nothing here starts an EC2 instance, and loading the images takes a while.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


def install(settings: Settings, clock: Clock) -> None:
    """Make moto answer as this sandbox does. Once a process, before the first request. Raises OtherMotoError."""
    for name, value in _MOTO.items():
        os.environ[name] = value or settings.account
    context.settings, context.clock = settings, clock
    ledger.open_in(settings.log_dir)
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    patch.apply()
