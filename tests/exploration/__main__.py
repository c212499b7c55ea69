"""`make explore`: the search of the tests, with two and three things going wrong in many more runs."""

from __future__ import annotations

import sys
from itertools import chain

from tests.exploration.scenarios import SCENARIOS
from tests.exploration.search import RAN, one_thing, several_things, smallest

SEVERAL = 1000


def main() -> int:
    for name in SCENARIOS:
        for found in chain(one_thing(name), several_things(name, SEVERAL)):
            if found.broken:
                print(f"{name}, {smallest(found)}")
                return 1
        print(f"{name}: {RAN[name]} interleavings", flush=True)
    print(f"{sum(RAN.values())} interleavings of {len(RAN)} scenarios, and every promise was kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
