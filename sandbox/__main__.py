"""``python -m sandbox [up]`` runs it in the foreground; ``push`` gives it an image, ``forward`` moves its clock on,
``permissions`` tells what each role may do, and does, ``why`` whether a connection is made, ``place`` puts a
program of this machine into a VPC, ``notifications`` tells what topics were told, ``fault`` lets calls and requests
fail.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from sandbox.access.report import permissions_command
from sandbox.aws.patch import OtherMotoError
from sandbox.faults.command import fault_command
from sandbox.forward import forward_command
from sandbox.network.place import place_command
from sandbox.network.why import why_command
from sandbox.seed import SeedError
from sandbox.server import CannotStartError, Options, serve
from sandbox.watching.notifications import notifications_command


def main(argv: list[str]) -> int:
    if argv[:1] == ["push"]:
        from sandbox import images

        return images.push_command(argv[1:])
    if argv[:1] == ["forward"]:
        return forward_command(argv[1:])
    if argv[:1] == ["fault"]:
        return fault_command(argv[1:])
    if argv[:1] == ["why"]:
        return why_command(argv[1:])
    if argv[:1] == ["place"]:
        return place_command(argv[1:])
    if argv[:1] == ["permissions"]:
        return permissions_command(argv[1:])
    if argv[:1] == ["notifications"]:
        return notifications_command(argv[1:])
    options = _parse(argv[1:] if argv[:1] == ["up"] else argv)
    try:
        return serve(options)
    except (CannotStartError, OtherMotoError, SeedError) as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 1
    finally:
        # Python would look through all that moto has made before it ends, for seconds, to free what ends with it.
        gc.freeze()


def _parse(argv: list[str]) -> Options:
    defaults = Options()
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="The AWS services that this stack uses, on 127.0.0.1. Runs in the foreground until Ctrl-C.",
        epilog="push --help tells how an image gets in, forward --help how time passes, permissions --help what roles "
        "may do and do, why --help whether a connection is made, place --help how tasks get a database, notifications "
        "--help what topics were told, fault --help how calls and requests fail (all python -m sandbox).",
    )
    parser.add_argument(
        "--port", type=_port, default=defaults.port, help="of the AWS API (default: %(default)s; 0: any)"
    )
    parser.add_argument(
        "--data-plane-port",
        type=_port,
        default=defaults.data_plane_port,
        help="where the HTTP APIs answer (default: %(default)s; 0: any)",
    )
    parser.add_argument(
        "--time-scale",
        type=_scale,
        default=defaults.time_scale,
        help="AWS's own waits are divided by this (default: 1; 60 makes a minute a second)",
    )
    parser.add_argument("--region", default=defaults.region, help="in the export lines (default: %(default)s)")
    parser.add_argument(
        "--state-dir", type=Path, default=defaults.state_dir, help="logs and run files (default: %(default)s)"
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="BINARY",
        help="put the state bucket and this service's images api:print-green and api:print-blue in from the start",
    )
    return Options(**vars(parser.parse_args(argv)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port")
    return port


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return scale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
