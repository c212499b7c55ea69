from pathlib import Path

import pytest

from sandbox import terraform
from sandbox.terraform import Mirror, NoProviderError, find


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it: no home, no system folders, no registry."""
    for name in ("TF_CLI_CONFIG_FILE", "TF_PROVIDER_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setattr(terraform, "_ROOTS", (str(tmp_path / "opt"),))
    monkeypatch.setattr(terraform, "_registry_answers", lambda: False)
    monkeypatch.setattr(terraform, "_platform", lambda: "linux_amd64")
    return tmp_path


def mirror(folder: Path, platform: str = "linux_amd64") -> Path:
    (folder / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0" / platform).mkdir(parents=True)
    return folder


def test_a_reachable_registry_needs_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror(machine / "opt" / "plugins")
    monkeypatch.setattr(terraform, "_registry_answers", lambda: True)

    assert find(machine) == Mirror(source="the registry registry.terraform.io")
    assert find(machine).reaches_registry is True


def test_a_mirror_below_a_system_root_is_found_and_told_to_terraform(machine: Path) -> None:
    folder = mirror(machine / "opt" / "some" / "plugins")
    found = find(machine / "state")

    assert found == Mirror(source=f"the mirror {folder}", cli_config=machine / "state" / "terraform.rc")
    assert found.reaches_registry is False
    assert (machine / "state" / "terraform.rc").read_text() == (
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n'
    )


def test_a_mirror_of_packed_providers_is_found(machine: Path) -> None:
    folder = machine / "opt" / "packed" / "registry.terraform.io" / "hashicorp" / "aws"
    folder.mkdir(parents=True)
    (folder / "terraform-provider-aws_5.100.0_linux_amd64.zip").touch()

    assert find(machine).source == f"the mirror {machine / 'opt' / 'packed'}"


def test_the_mirror_that_is_named_wins(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror(machine / "opt" / "plugins")
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(mirror(machine / "mine")))

    assert find(machine).source == f"the mirror {machine / 'mine'}"


def test_a_mirror_in_terraforms_own_configuration_is_left_to_terraform(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = machine / "my.tfrc"
    config.write_text('provider_installation { filesystem_mirror { path = "/x" } }')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))

    assert find(machine) == Mirror(source=f"the mirror of {config}")


def test_a_configuration_file_that_does_not_exist_is_no_obstacle(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror(machine / "opt" / "plugins")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(machine / "missing.tfrc"))

    assert find(machine).source == f"the mirror {machine / 'opt' / 'plugins'}"


def test_terraforms_implied_folder_is_left_to_terraform(machine: Path) -> None:
    folder = mirror(machine / "home" / ".terraform.d" / "plugins")

    assert find(machine) == Mirror(source=f"Terraform's own mirror folder {folder}")


def test_a_mirror_for_another_platform_does_not_count(machine: Path) -> None:
    mirror(machine / "opt" / "plugins", platform="darwin_arm64")

    with pytest.raises(NoProviderError) as refused:
        find(machine)

    assert str(refused.value) == (
        "registry.terraform.io cannot be reached, and no mirror with hashicorp/aws for linux_amd64 was found: "
        "set TF_PROVIDER_MIRROR to a folder made by `terraform providers mirror`"
    )
