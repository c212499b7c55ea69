#!/usr/bin/env python3
"""Build the hook into the zip that Lambda runs: `python3 hook/build.py [arm64|x86_64|native]`.

A zip that Lambda could not start is an error, except with `native`: the sandbox on this machine can run it.

The same source, locked dependencies and compiler give the same bytes, from any folder, so that a rebuild never
shows up in a Terraform plan. Needs nothing but Python's standard library and a Rust toolchain.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HOOK = Path(__file__).resolve().parent

# AWS's architecture names, and the triples of the ordinary (glibc) Linux targets that Lambda's own image runs.
TRIPLES = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
HOSTS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
CROSS_GCC = {"arm64": "aarch64-linux-gnu-gcc", "x86_64": "x86_64-linux-gnu-gcc"}

# The C library of the `provided.al2023` runtime. A binary that asks for a newer one cannot start there at all.
LAMBDA_GLIBC = (2, 34)

# What is built on Debian 12 asks for no more than that.
GLIBC_REMEDY = "build it on an older system, or in a container: hook/README.md, Building"

CROSS_HELP = """\
error: this {host} machine has no Rust target and C compiler for {arch}. Either of these gives it both:
  rustup:  (cd hook && rustup target add {triple}), and a cross compiler that provides {gcc}
           (Debian and Ubuntu: apt-get install gcc-{gnu} libc6-dev-{deb}-cross)
  Debian:  dpkg --add-architecture {deb} && apt-get update &&
           apt-get install rustc-web libstd-rust-web-dev:{deb} gcc-{gnu} libc6-dev-{deb}-cross
An environment with `architecture: native` needs only `python3 hook/build.py native`."""


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) == 2 else "native" if len(sys.argv) == 1 else ""
    host = HOSTS.get(platform.machine().lower())
    if sys.platform != "linux" or host is None:
        sys.exit(f"error: the hook is a Linux binary; build it on Linux, got {sys.platform} {platform.machine()}")
    arch = host if wanted == "native" else wanted
    if arch not in TRIPLES:
        sys.exit(f"usage: python3 {sys.argv[0]} [arm64|x86_64|native]")
    if shutil.which("cargo") is None:
        sys.exit("error: cargo is not on the PATH; install Rust from https://rustup.rs")

    binary = build(arch, host).read_bytes()
    archive = HOOK / "dist" / arch / "bootstrap.zip"
    too_new = too_new_for_lambda(binary)
    if too_new and wanted != "native":
        # Not even an older zip stays, which would be deployed as if it were this one.
        archive.unlink(missing_ok=True)
        sys.exit(f"error: this binary {too_new}; {GLIBC_REMEDY}")
    content = zipped(binary)
    if not archive.exists() or archive.read_bytes() != content:
        archive.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place, so that whoever reads it meanwhile sees the old zip or the new one, never half of one.
        partial = archive.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(archive)

    sizes = f"{len(content):,} bytes (binary {len(binary):,})"
    print(f"{os.path.relpath(archive)}: {sizes}, sha256 {hashlib.sha256(content).hexdigest()}")
    if too_new:
        print(f"warning: this binary {too_new}: it runs here only; for AWS, {GLIBC_REMEDY}", file=sys.stderr)


def build(arch: str, host: str) -> Path:
    """Have cargo build the binary (cargo itself knows when there is nothing to do) and say where it is."""
    triple = TRIPLES[arch]
    target_dir = Path(os.environ.get("CARGO_TARGET_DIR", HOOK / "target")).resolve()
    env = dict(os.environ)
    if arch != host:
        env |= cross_environment(arch, host)

    # Panic messages carry source paths: without these the bytes would depend on who builds where.
    # Set here rather than in a cargo config, because the prefixes are known only at build time.
    run(["cargo", "fetch", "--locked", "--quiet", "--target", triple], env, "download the dependencies")
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")).resolve()
    prefixes = {HOOK: "/hook", target_dir: "/target"}
    # The folder under here is named after the registry's address, which differs where a mirror stands in for it.
    prefixes |= dict.fromkeys(sorted((cargo_home / "registry" / "src").glob("*")), "/crates")
    flags = [f"--remap-path-prefix={old}={new}" for old, new in prefixes.items()]
    flags += ["-C", "link-arg=-Wl,--build-id=none"]
    env["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)

    options = ["--release", "--locked", "--quiet", "--target", triple, "--target-dir", str(target_dir)]
    run(["cargo", "build", *options], env, f"build for {triple}")
    return target_dir / triple / "release" / "bootstrap"


def run(command: list[str], env: dict[str, str], purpose: str) -> None:
    # In the repository, because rustup looks for the pinned toolchain here and in the folders above.
    if subprocess.run(command, cwd=HOOK, env=env, check=False).returncode != 0:
        sys.exit(f"error: cargo could not {purpose}, see above")


def cross_environment(arch: str, host: str) -> dict[str, str]:
    """What cargo needs to build for the other architecture: a compiler that has its standard library, and a linker."""
    triple, gcc = TRIPLES[arch], CROSS_GCC[arch]
    # rustup's compiler first; then the distribution's, whose standard libraries come as packages.
    for rustc in ("rustc", "/usr/bin/rustc"):
        if shutil.which(gcc) and has_standard_library(rustc, triple):
            name = triple.replace("-", "_")
            return {"RUSTC": rustc, f"CARGO_TARGET_{name.upper()}_LINKER": gcc, f"CC_{name}": gcc}
    gnu, deb = {"arm64": ("aarch64-linux-gnu", "arm64"), "x86_64": ("x86-64-linux-gnu", "amd64")}[arch]
    sys.exit(CROSS_HELP.format(host=host, arch=arch, triple=triple, gcc=gcc, gnu=gnu, deb=deb))


def has_standard_library(rustc: str, triple: str) -> bool:
    if shutil.which(rustc) is None:
        return False
    command = [rustc, "--print", "target-libdir", "--target", triple]
    result = subprocess.run(command, cwd=HOOK, capture_output=True, text=True, check=False)
    return result.returncode == 0 and any(Path(result.stdout.strip()).glob("libstd-*.rlib"))


def zipped(binary: bytes) -> bytes:
    """One executable called `bootstrap`, with nothing in the archive that depends on when or where it is made."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix: only then does Lambda honour the mode below
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, binary, compresslevel=9)
    return buffer.getvalue()


def too_new_for_lambda(binary: bytes) -> str | None:
    """Why the binary could not start on Lambda, which would stall a deployment for an hour. None if it can."""
    needed = max(((int(a), int(b)) for a, b in re.findall(rb"GLIBC_(\d+)\.(\d+)", binary)), default=(0, 0))
    if needed <= LAMBDA_GLIBC:
        return None
    has, limit = (".".join(map(str, version)) for version in (needed, LAMBDA_GLIBC))
    return f"needs glibc {has}, AWS Lambda's provided.al2023 has {limit}"


if __name__ == "__main__":
    main()
