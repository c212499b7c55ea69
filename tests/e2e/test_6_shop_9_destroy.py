"""A destroy takes the environment away, and leaves what the team had before."""

import re

from sandbox import leftovers
from tests.e2e import shop
from tests.e2e.harness import Environment


def test_nothing_of_the_environment_is_left(
    account: Environment, ground: shop.Ground, shop_environment: Environment
) -> None:
    shop_environment.destroy()

    endpoint_url = account.sandbox.facts["endpoint_url"]
    assert [line for line in leftovers.find(endpoint_url) if re.search(r"\bshop\b", line)] == []
    shop.remove(account, ground)
