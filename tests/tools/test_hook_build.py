import json
import zipfile
from pathlib import Path

import pytest

from hook import build

OLD, NEW = (b"\x7fELF GLIBC_2.2.5 " + version for version in (b"GLIBC_2.34", b"GLIBC_2.38"))
TOO_NEW = "this binary needs glibc 2.38, AWS Lambda's provided.al2023 has 2.34"


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, arch: str, binary: bytes) -> Path:
    """Build for `arch` on an x86_64 machine whose compiler makes this binary. Returns the zip's path."""
    (folder / "bootstrap").write_bytes(binary)
    monkeypatch.setattr(build, "HOOK", folder)
    monkeypatch.setattr(build, "build", lambda _arch, _host: folder / "bootstrap")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("sys.argv", ["build.py", arch])
    build.main()
    return folder / "dist" / "x86_64" / "bootstrap.zip"


def bootstrap(archive: Path) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read("bootstrap")


def test_machines_are_called_what_the_settings_and_the_sandbox_call_them() -> None:
    known = json.loads((Path(__file__).parents[2] / "contracts" / "architectures.json").read_text())

    assert {machine: name for name, one in known.items() for machine in one["machines"]} == build.HOSTS


def test_a_binary_that_lambda_can_start_becomes_a_zip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bootstrap(run(monkeypatch, tmp_path, "x86_64", OLD)) == OLD


def test_a_binary_too_new_for_lambda_is_an_error_and_leaves_no_zip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = run(monkeypatch, tmp_path, "x86_64", OLD)

    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, tmp_path, "x86_64", NEW)

    assert ended.value.code == (
        f"error: {TOO_NEW}; build it on an older system, or in a container: hook/README.md, Building"
    )
    assert not archive.exists()


def test_a_native_binary_too_new_for_lambda_is_built_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap(run(monkeypatch, tmp_path, "native", NEW)) == NEW
    assert capsys.readouterr().err == (
        f"warning: {TOO_NEW}: it runs here only; "
        "for AWS, build it on an older system, or in a container: hook/README.md, Building\n"
    )
