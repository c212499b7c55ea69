"""Brings the sandbox up and down: the AWS API in threads, the runtime in the main thread's event loop."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import gc
import json
import logging
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from werkzeug.serving import BaseWSGIServer, make_server

from sandbox import seed, terraform
from sandbox.clock import Clock
from sandbox.state import Settings

HOST = "127.0.0.1"
SWITCH_SECONDS = 0.0005
"""How long a thread that computes, such as one that answers an API call, keeps the event loop waiting each time that it
wants to go on. A request through the data plane wants that some ten times: with Python's own 5 ms, API calls without a
pause would hold up all of its requests."""

GARBAGE = (50_000, 20, 50)
"""Python's own thresholds (700, 10, 10) have it go through all that moto and botocore have loaded again and again: each
time for some tenths of a second, in which no request is answered."""

STOP_SECONDS = 20
"""How long the runtime may take to stop its tasks, before the process ends without it (and they with it)."""


class CannotStartError(Exception):
    """What a user sees, on one line, instead of a running sandbox."""


@dataclass(frozen=True)
class Options:
    """What the command line gives. Port 0 means any free port."""

    port: int = 4566
    data_plane_port: int = 4567
    time_scale: float = 1.0
    state_dir: Path = Path(".sandbox")
    region: str = "us-east-1"
    seed: Path | None = None
    """A service's binary: then the state bucket and its two images are there from the start."""


def serve(options: Options) -> int:
    """Run until SIGINT or SIGTERM. Returns the exit code."""
    sys.setswitchinterval(SWITCH_SECONDS)
    lock = _claim(options.state_dir)
    try:
        with _listen(options.port, "--port") as listener:
            settings = _settings(options, listener)
            _log_to(settings.log_dir / "aws.log")
            clock = Clock(settings.time_scale)
            with _Api(settings, clock, listener):
                return asyncio.run(_run(settings, clock, options.seed))
    finally:
        _run_file(options.state_dir).unlink(missing_ok=True)
        lock.close()


async def _run(settings: Settings, clock: Clock, seed_binary: Path | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # A second Ctrl-C finds the event set already and changes nothing.
        loop.add_signal_handler(number, stop.set)
    # Its moto imports come after `install`.
    from sandbox import runtime as running

    runtime = asyncio.ensure_future(running.run(settings, clock, stop))
    stopping = asyncio.ensure_future(stop.wait())
    ready = asyncio.ensure_future(_become_ready(settings, seed_binary))
    await asyncio.wait({runtime, stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done() and not runtime.done():
        try:
            _announce(settings, ready.result())
        except seed.SeedError:
            stop.set()
            await asyncio.wait({runtime}, timeout=STOP_SECONDS)
            raise
    await asyncio.wait({runtime, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = runtime.done()
    ready.cancel()
    stop.set()
    if not failed:
        print("sandbox: stopping", file=sys.stderr, flush=True)
    with suppress(asyncio.TimeoutError):
        # A failure of the runtime is raised here.
        await asyncio.wait_for(runtime, STOP_SECONDS)
    return 1 if failed else 0


async def _become_ready(settings: Settings, seed_binary: Path | None) -> list[str]:
    """Returns what is in the account by then."""
    await _data_plane_answers(settings)
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    if seed_binary is None:
        return []
    return await asyncio.to_thread(seed.plant, settings, seed_binary)


async def _data_plane_answers(settings: Settings) -> None:
    port = int(settings.data_plane_url.rsplit(":", 1)[1])
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return


class _Api:
    """The AWS API, in a thread that takes connections and one for each of them."""

    def __init__(self, settings: Settings, clock: Clock, listener: socket.socket):
        from sandbox import aws

        aws.install(settings, clock)
        # moto reads its settings when it is first imported, so these come after `install`.
        from moto.moto_server.werkzeug_app import MotoRequestHandler

        from sandbox.aws.app import Application

        class Quiet(MotoRequestHandler):  # type: ignore[misc]
            def log(self, type: str, message: str, *args: Any) -> None:
                """Our own log has its line for each request; what went wrong around one belongs there too."""
                if type != "info":
                    logging.getLogger("sandbox.aws").error(message.rstrip(), *args)

            def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
                path = environ["PATH_INFO"] if environ else "before the request was read"
                logging.getLogger("sandbox.aws").warning("connection dropped, %s: %r", path, error)

        self._server: BaseWSGIServer = make_server(
            HOST, listener.getsockname()[1], Application(), threaded=True, request_handler=Quiet, fd=listener.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="aws-api", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()


# Start ---------------------------------------------------------------------------------------------------------------


def _settings(options: Options, listener: socket.socket) -> Settings:
    # The data plane opens its own listener; a busy port is told here, before anything has begun.
    with _listen(options.data_plane_port, "--data-plane-port") as probe:
        data_plane_port = probe.getsockname()[1]
    return Settings(
        endpoint_url=f"http://{HOST}:{listener.getsockname()[1]}",
        data_plane_url=f"http://{HOST}:{data_plane_port}",
        region=options.region,
        time_scale=options.time_scale,
        state_dir=options.state_dir.resolve(),
        log_dir=(options.state_dir / "log").resolve(),
    )


def _listen(port: int, flag: str) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            raise CannotStartError(f"port {port} is in use; choose another with {flag}") from None
        raise CannotStartError(f"cannot listen on port {port} ({flag}): {problem.strerror}") from None
    return listener


def _claim(state_dir: Path) -> IO[str]:
    """Make the state directory ours, and clean what an earlier sandbox left, even one that was killed."""
    state_dir.mkdir(parents=True, exist_ok=True)
    lock = (state_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStartError(
            f"another sandbox is running from {state_dir}; stop it or choose another --state-dir"
        ) from None
    for name in ("log", "run"):
        shutil.rmtree(state_dir / name, ignore_errors=True)
        (state_dir / name).mkdir()
    return lock


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("sandbox.aws")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    # What moto itself has to say belongs there too, not on the user's screen.
    logging.getLogger("moto").handlers = [handler]
    logging.getLogger("moto").propagate = False


# Ready ---------------------------------------------------------------------------------------------------------------


def _run_file(state_dir: Path) -> Path:
    return state_dir / "run" / "sandbox.json"


def _announce(settings: Settings, seeded: list[str]) -> None:
    """Say that it is ready: to programs in ``run/sandbox.json``, to people on the screen."""
    facts = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(settings).items()}
    part = _run_file(settings.state_dir).with_suffix(".part")
    part.write_text(json.dumps({**facts, "pid": os.getpid()}, indent=2) + "\n")
    part.replace(_run_file(settings.state_dir))
    print(greeting(settings, seeded), flush=True)


def greeting(settings: Settings, seeded: list[str]) -> str:
    """The text of a sandbox that is ready, with what a second shell needs."""
    variables = settings.client_variables
    # Variables of one service alone (AWS_ENDPOINT_URL_S3) would win over ours, and lead to AWS.
    unset = [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        *sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")),
    ]
    try:
        mirror = terraform.find(settings.state_dir)
        providers = f"Terraform's providers come from {mirror.source}."
        if mirror.cli_config is not None:
            variables["TF_CLI_CONFIG_FILE"] = str(mirror.cli_config)
            providers += " Give `cdktf deploy` and `cdktf diff` --skip-provider-lock."
    except terraform.NoProviderError as problem:
        providers = f"Terraform will not work here: {problem}."
    lines = [
        "The sandbox is ready. In a second shell:",
        "",
        f"  unset {' '.join(unset)}",
        *(f"  export {name}={shlex.quote(value)}" for name, value in variables.items()),
        "",
        providers,
        *([f"In it already: {', '.join(seeded)}."] if seeded else []),
        f"APIs answer below {settings.data_plane_url}, logs are in {settings.log_dir}.",
        "Ctrl-C ends the sandbox, and everything in it.",
    ]
    return "\n".join(lines)
