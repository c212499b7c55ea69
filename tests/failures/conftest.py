"""One sandbox and one stack for all failures that a process of the run rehearses, in any order."""

from collections.abc import Iterator

import pytest

from sandbox.launch import Sandbox
from sandbox.stream import RequestStream
from tests.failures.document import Log
from tests.failures.drill import TIME_SCALE, Drill
from tests.failures.patience import poll
from tests.failures.scene import Scene


@pytest.fixture(scope="session")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    folder = tmp_path_factory.mktemp("failures")
    with Sandbox(folder / "sandbox", time_scale=TIME_SCALE) as sandbox:
        drill = Drill(sandbox, folder)
        drill.deploy_all()
        yield drill


@pytest.fixture(scope="session")
def log(drill: Drill) -> Log:
    return Log(drill.sandbox.state_dir / "log")


@pytest.fixture(scope="session")
def stream(drill: Drill) -> Iterator[RequestStream]:
    """All through the run: no failure may cost a request."""
    with RequestStream(drill.url) as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        yield stream


@pytest.fixture
def scene(drill: Drill, stream: RequestStream, log: Log, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Begins where nothing is in flight, and fails the test that has not looked what is left."""
    drill.recover()
    failed = request.session.testsfailed
    scene = Scene(drill, stream, request.node.name, log)
    yield scene
    assert scene.settled or request.session.testsfailed > failed
