"""Finds a provider mirror on this machine for when Terraform cannot reach its registry.

Looked for, in this order: the `filesystem_mirror` of Terraform's own CLI configuration (then there is nothing to do),
`TF_PROVIDER_MIRROR`, Terraform's implied mirror folders (nothing to do either), and any folder shaped
`*/hashicorp/aws/<version>/<os>_<arch>` a few levels below the usual system roots.
"""

import os
import platform
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "registry.terraform.io"
_ROOTS = ("/opt", "/usr/local", "/usr/share", "/usr/lib", "/srv", "/var/lib", "/mnt", "/home")
_DEPTH = 5  # folders between a root and `hashicorp`


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """Where providers come from. `cli_config` is None where Terraform finds them by itself."""

    source: str  # for a person to read
    cli_config: Path | None = None

    @property
    def reaches_registry(self) -> bool:
        return self.source.startswith("the registry")


class NoProviderError(Exception):
    """Neither the registry nor a mirror with the AWS provider can be reached from here."""


def find(state_dir: Path) -> Mirror:
    """Where the AWS provider can come from here; writes `<state_dir>/terraform.rc` if Terraform must be told.

    Raises NoProviderError, saying what was tried.
    """
    configured = _configured_mirror()
    if configured:
        return Mirror(source=f"the mirror of {configured}")
    if _registry_answers():
        return Mirror(source=f"the registry {REGISTRY}")
    for folder in _implied_mirrors():
        if _has_provider(folder):
            return Mirror(source=f"Terraform's own mirror folder {folder}")
    for folder in _candidates():
        if _has_provider(folder):
            config = state_dir.resolve() / "terraform.rc"
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n')
            return Mirror(source=f"the mirror {folder}", cli_config=config)
    raise NoProviderError(
        f"{REGISTRY} cannot be reached, and no mirror with hashicorp/aws for {_platform()} was found: "
        "set TF_PROVIDER_MIRROR to a folder made by `terraform providers mirror`"
    )


def _configured_mirror() -> Path | None:
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    file = Path(named) if named else Path.home() / ".terraformrc"
    if file.is_file() and re.search(r"\b(filesystem|network)_mirror\b", file.read_text()):
        return file
    return None


def _registry_answers() -> bool:
    try:
        with urllib.request.urlopen(f"https://{REGISTRY}/.well-known/terraform.json", timeout=3):  # honours proxies
            return True
    except OSError:
        return False


def _implied_mirrors() -> Iterator[Path]:
    yield Path.home() / ".terraform.d" / "plugins"
    for share in os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":"):
        yield Path(share) / "terraform" / "plugins"


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("TF_PROVIDER_MIRROR"):
        yield Path(named)
    for root in _ROOTS:
        for folder, below, _ in os.walk(root):
            if "hashicorp" in below:
                yield Path(folder).parent
            depth = len(Path(folder).relative_to(root).parts)
            below[:] = [] if depth >= _DEPTH else [name for name in below if not name.startswith((".", "node_modules"))]


def _has_provider(folder: Path) -> bool:
    return any(folder.glob(f"*/hashicorp/aws/*/{_platform()}")) or any(
        folder.glob(f"*/hashicorp/aws/terraform-provider-aws_*_{_platform()}.zip")
    )


def _platform() -> str:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{machine}"
