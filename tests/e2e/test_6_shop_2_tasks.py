"""What a real service needs from outside itself: secrets, permissions and a data store, each by its own way."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e import shop, shop_needs
from tests.e2e.harness import Environment


def ask(environment: Environment, path: str, method: str = "GET") -> object:
    """What the service `orders` answers through the API."""
    url = f"{environment.manifest('orders')['urls']['api']}/orders/{path}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def store(shop_environment: Environment, ground: shop.Ground) -> Iterator[str]:
    """Where tasks reach a data store of the team's, whose security group lets nobody in."""
    subnet, group = ground.network.private[0], ground.needs.store
    with shop_needs.data_store() as program:
        yield shop_environment.sandbox.place("store", subnet, [group], shop_needs.PORT, program)


def why(environment: Environment, service: str) -> tuple[int, str]:
    state = ("--state-dir", str(environment.sandbox.state_dir))
    command = environment.run("python", "-m", "sandbox", "why", service, f"store:{shop_needs.PORT}", *state)
    return command.wait(), command.output


def test_tasks_start_with_the_secrets_of_parameter_store_and_secrets_manager(shop_environment: Environment) -> None:
    given = {name: ask(shop_environment, f"variables/{name}") for name in ("TOKEN", "DB_USER", "DB_PASSWORD")}

    assert given == {
        "TOKEN": {"TOKEN": "one token"},
        "DB_USER": {"DB_USER": "orders"},
        "DB_PASSWORD": {"DB_PASSWORD": "first"},
    }


def test_the_container_may_do_what_its_task_policy_allows(shop_environment: Environment) -> None:
    assert ask(shop_environment, "objects/receipts/1", "PUT") == {"object": "kept"}
    assert ask(shop_environment, "objects/receipts") == {"objects": ["receipts/1"]}


def test_the_container_may_not_do_it_where_a_condition_does_not_hold(shop_environment: Environment) -> None:
    assert ask(shop_environment, "objects/invoices") == {"objects": "AccessDenied"}


def test_a_data_store_is_reached_once_it_lets_the_tasks_group_in(
    shop_environment: Environment, ground: shop.Ground, store: str
) -> None:
    group = ground.needs.store
    (tasks,) = shop_environment.manifest("orders")["network"]["security_groups"]
    ec2 = shop_environment.client("ec2")

    assert ask(shop_environment, f"store/{store}") == {"store": "timed out"}
    code, text = why(shop_environment, "shop-orders")
    assert (code, f"security group {group} of store\n  lacks an ingress rule for tcp 6379 from" in text) == (2, True)

    rule = {"GroupId": group, "IpPermissions": [shop_needs.rule(tasks)]}
    ec2.authorize_security_group_ingress(**rule)
    try:
        assert ask(shop_environment, f"store/{store}") == {"store": "PONG"}
    finally:
        # As long as it names the tasks' group, that cannot be deleted.
        ec2.revoke_security_group_ingress(**rule)


def test_a_service_whose_settings_do_not_name_the_data_store_has_no_way_out_to_it(
    shop_environment: Environment, ground: shop.Ground, store: str
) -> None:
    assert store
    (tasks,) = shop_environment.manifest("api")["network"]["security_groups"]
    code, text = why(shop_environment, "shop-api")

    assert code == 2
    assert f"security group {tasks} of task" in text
    assert "lacks an egress rule for tcp 6379 to " in text
    assert ground.needs.store in text


def test_a_rotated_secret_reaches_tasks_with_a_release_of_the_same_version(
    shop_environment: Environment, ground: shop.Ground
) -> None:
    secrets = shop_environment.client("secretsmanager")
    secrets.put_secret_value(SecretId=ground.needs.database, SecretString='{"user": "orders", "password": "second"}')
    assert ask(shop_environment, "variables/DB_PASSWORD") == {"DB_PASSWORD": "first"}

    shop_environment.greenlight("deploy", "shop/orders", "--force", "--until", "traffic").succeed()

    assert ask(shop_environment, "variables/DB_PASSWORD") == {"DB_PASSWORD": "second"}
