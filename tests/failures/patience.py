"""How long these tests wait for what they wait for: long, because each goes on as soon as it is there."""

from functools import partial

from tests.e2e import harness

poll = partial(harness.poll, seconds=300)
