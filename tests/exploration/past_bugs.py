"""Bugs that this repository has had. Put back one at a time, each is found: else a search would be worth nothing."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from unittest.mock import patch

from greenlight import codedeploy, follow
from greenlight.commands import deploy
from sandbox.codedeploy_engine import deployment as engine


@dataclass(frozen=True)
class Bug:
    name: str
    scenario: str
    where: Any
    """The module or class that has the function."""

    function: str
    now: str
    was: str

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Inside, the function has the text that it had."""
        function: FunctionType = vars(self.where)[self.function]
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.now) == 1, f"{self.function} does not have, once: {self.now}"
        module = sys.modules[function.__module__]
        names: dict[str, Any] = {}
        text = "from __future__ import annotations\n" + source.replace(self.now, self.was)
        exec(compile(text, __file__, "exec"), vars(module), names)
        with patch.object(self.where, self.function, names[self.function]):
            yield


PAST_BUGS = [
    Bug(
        "a rollback is not followed to its end",
        "the hook after the shift says no",
        follow._Follower,
        "_follow_rollback",
        "self._rollback_id = deployment.rollback_id\n    if self._rollback_id is None:",
        "if True:",
    ),
    Bug(
        "autoscaling is restored while another release is in mid-shift",
        "contended, and the first release fails",
        codedeploy,
        "in_mid_shift",
        "return found is not None and not found.reached(Until.traffic)",
        "return False",
    ),
    Bug(
        "autoscaling counts as restored where a rollback has just begun, in whose shift it keeps still",
        "canary, with alarms and a hook after the shift",
        follow._Follower,
        "_restore_autoscaling",
        "lambda: restore(self._context), False",
        "lambda: restore(self._context) or True, False",
    ),
    Bug(
        "a CreateDeployment whose answer was lost is made again",
        "at once",
        codedeploy,
        "create",
        "lost = lost or is_unanswered(error)",
        "pass",
    ),
    Bug(
        "a deployment that is not listed yet is taken for one that did not begin",
        "at once",
        codedeploy,
        "create",
        "if lost:\n        return await_mine",
        "if False:\n        return await_mine",
    ),
    Bug(
        "no answer of a hook counts as its consent",
        "the hook never answers",
        engine.Run,
        "_hook",
        'if verdict == "Succeeded":',
        'if verdict in ("Succeeded", None):',
    ),
    Bug(
        "a stop at the end of a canary's wait is not heard before the rest moves",
        "canary, with alarms and a hook after the shift",
        engine.Run,
        "_allow_traffic",
        "await self._watch.check()",
        "pass",
    ),
    Bug(
        "there is nothing to do though a failed release still has a part of production",
        "no automatic rollback",
        deploy,
        "_repairs",
        "if failed is None:",
        "if True:",
    ),
    Bug(
        "a signal after the end replaces the exit code",
        "no automatic rollback, and a no after the shift",
        follow._Follower,
        "ended",
        "if deployment is None or",
        "if True or",
    ),
]
