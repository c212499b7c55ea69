"""One sandbox and one stack for all of it. The files run in the order of their numbers: deploy, use, destroy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import other_release
from sandbox.access import recording, report
from sandbox.access.ledger import FILE
from sandbox.launch import Sandbox
from sandbox.stream import RequestStream
from tests.e2e import collector, last_release, orders, shop
from tests.e2e.changing import DEPLOYED
from tests.e2e.harness import IMAGE, ROOT, Command, Environment, Stack, poll
from tests.e2e.roles import SETTINGS, Roles

LEDGER = pytest.StashKey[Path]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each role was allowed in this run, and what of that it used."""
    file = terminalreporter.config.stash.get(LEDGER, None)
    if file is not None and file.exists():
        terminalreporter.section("permissions")
        terminalreporter.write_line(report.text(report.of(recording.read(file))))


@pytest.fixture(scope="session")
def bare(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """An account with a bucket for states, and nothing else."""
    folder = tmp_path_factory.mktemp("account")
    with Sandbox(folder / "sandbox", time_scale=10) as sandbox:
        pytestconfig.stash[LEDGER] = sandbox.state_dir / "log" / FILE
        account = Environment(sandbox, folder, "github")
        account.greenlight("bootstrap").succeed()
        yield account


@pytest.fixture(scope="session")
def ground(bare: Environment) -> shop.Ground:
    """What a team has in that account before it comes to Greenlight."""
    return shop.prepare(bare)


@pytest.fixture(scope="session")
def account(bare: Environment, ground: shop.Ground) -> Environment:
    """The account's own stack, deployed by its administrator. From then on each command has the role for it."""
    beside = {
        "sandbox": (ROOT / "environments" / "sandbox.yaml").read_text(),
        "dev": DEPLOYED,
        "registry": shop.REGISTRY,
        "shop": shop.settings(ground),
    }
    bare.apply(SETTINGS, beside).succeed()
    return bare


@pytest.fixture(scope="session")
def stack(account: Environment, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    stack = Stack(account.sandbox, tmp_path_factory.mktemp("e2e"), roles=Roles(account.sandbox))
    stack.push("print-green", IMAGE, "--env", "RELEASE=Green")
    return stack


@pytest.fixture(scope="session")
def images(stack: Stack) -> None:
    """What there is to release, beside the print-green that the stack is made with."""
    stack.push("print-blue", IMAGE, "--env", "RELEASE=Blue")
    other = other_release.executable(stack.sandbox.state_dir)
    for kind in ("broken", "plain", "unsigned", "impostor", "flaky"):
        stack.push(f"print-{kind}", other, "--env", f"KIND={kind}")


@pytest.fixture(scope="session")
def dev_under_way(
    stack: Stack, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Environment, Command]:
    """A second environment, on its way while others are tested: the provider waits a minute for a load balancer.

    It is deployed by the last release; `test_7_changes.py` goes on with what is here.
    """
    request.getfixturevalue("images")
    folder = tmp_path_factory.mktemp("changes")
    # Its release knew no roles for workflows: an administrator deploys it.
    dev = Environment(stack.sandbox, folder, "dev")
    dev.code = last_release.check_out(folder / "release")
    return dev, dev.apply(DEPLOYED)


@pytest.fixture(scope="session")
def registry(stack: Stack, ground: shop.Ground, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Where the images of the shop's orders are: a stack of its own, deployed before their push and the shop."""
    registry = Environment(stack.sandbox, tmp_path_factory.mktemp("registry"), "registry", roles=stack.roles)
    registry.apply(shop.REGISTRY, {"shop": shop.settings(ground)}).succeed()
    program = orders.executable(stack.sandbox.state_dir)
    stack.push("print-orders", program, "--env", "RELEASE=Blue", repository="shop/orders")
    stack.push("print-green", program, "--env", "RELEASE=Green", repository="shop/orders")
    stack.push("print-rude", program, "--env", "RELEASE=Rude", "--env", "GREETING=farewell", repository="shop/orders")
    return registry


@pytest.fixture(scope="session")
def shop_under_way(
    stack: Stack, ground: shop.Ground, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Environment, Command]:
    """The environment of `shop.py`, on its way while others are tested; `test_6_shop_*.py` are about it."""
    for needed in ("images", "registry"):
        request.getfixturevalue(needed)
    stack.push("one", collector.executable(stack.sandbox.state_dir), repository="collector")
    environment = Environment(stack.sandbox, tmp_path_factory.mktemp("shop"), "shop", roles=stack.roles)
    return environment, environment.apply(shop.settings(ground))


@pytest.fixture(scope="session")
def shop_environment(shop_under_way: tuple[Environment, Command]) -> Environment:
    environment, apply = shop_under_way
    apply.succeed()
    return environment


@pytest.fixture
def stream(stack: Stack) -> Iterator[RequestStream]:
    with RequestStream(f"{stack.manifest()['urls']['api']}/one") as stream:
        poll("the stream is answered", lambda: stream.sent > 10)
        yield stream
