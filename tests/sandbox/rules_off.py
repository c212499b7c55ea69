"""A sandbox without the rules that a file names: ``python -m tests.sandbox.rules_off FILE up …``.

A difference planted on purpose, for the kit that is to find differences. The file is read at each call.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.__main__ import main
from sandbox.state import ACCOUNT

if TYPE_CHECKING:
    from sandbox.aws.model.request import Call
    from sandbox.aws.model.wording import Refusal


def plant(off: Path) -> None:
    # moto reads it when it is first imported: here by the rules, before the sandbox itself would set it.
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    from sandbox.aws import rules

    whole, ask = list(rules.RULES), rules.broken

    def broken(call: Call) -> Refusal | None:
        named = off.read_text().split()
        rules.RULES[:] = [rule for rule in whole if rule.name not in named]
        return ask(call)

    rules.broken = broken


if __name__ == "__main__":
    plant(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
