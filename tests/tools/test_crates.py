"""The two Rust crates are one style of code, though each has its own lock, profile and dependencies."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def manifest(crate: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / crate / "Cargo.toml").read_text())


def test_both_crates_have_the_same_lints_and_edition() -> None:
    hook, image = manifest("hook"), manifest("image")

    assert hook["lints"] == image["lints"]
    assert [hook["package"][key] for key in ("edition", "license")] == [
        image["package"][key] for key in ("edition", "license")
    ]


def test_both_crates_name_the_pinned_compiler_as_the_least_one() -> None:
    pinned = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    least = {f"{manifest(crate)['package']['rust-version']}.0" for crate in ("hook", "image")}

    assert least == {pinned}


def test_no_crate_has_a_compiler_or_a_style_of_its_own() -> None:
    names = {"rust-toolchain.toml", "rust-toolchain", "rustfmt.toml", "clippy.toml"}

    assert [file for crate in ("hook", "image") for file in (ROOT / crate).iterdir() if file.name in names] == []


def locked(crate: str) -> set[tuple[str, str]]:
    lock = tomllib.loads((ROOT / crate / "Cargo.lock").read_text())
    return {(package["name"], package["version"]) for package in lock["package"] if "source" in package}


def test_the_axum_that_the_service_is_measured_against_is_its_own_built_the_same_way() -> None:
    assert locked("tools/bare_axum") - locked("image") == set()
    assert manifest("tools/bare_axum")["profile"]["release"] == manifest("image")["profile"]["release"]
