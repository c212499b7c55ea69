"""Whether the hooks' functions can be asked, and say why they refuse. Pure."""

from collections.abc import Iterator

from greenlight import hook_function
from greenlight.doctor.facts import Facts
from greenlight.doctor.finding import Finding
from greenlight.doctor.repairs import WakeHooks


def hook_gone(facts: Facts) -> Iterator[Finding]:
    for function, state in facts.functions.items():
        if state is None:
            yield Finding(
                what=f"{hook_function.called(function)} is gone",
                effect="no release and no rollback can pass it",
                repair=hook_function.way_back(facts.manifest, function),
            )


def hook_failed(facts: Facts) -> Iterator[Finding]:
    for function, state in facts.functions.items():
        if state and state.name == "Failed":
            yield Finding(
                what=f"{hook_function.called(function)} is {state}",
                effect="no release and no rollback can pass it",
                repair=hook_function.REPLACED,
            )


def hook_not_active(facts: Facts) -> Iterator[Finding]:
    """Lambda sets a function Inactive that nobody has invoked for weeks, and Pending while it brings it back."""
    own = facts.manifest.own_hooks.values()
    for function, state in facts.functions.items():
        if state is None or state.name in ("Active", "Failed"):
            continue
        if function in own:
            yield Finding(
                what=f"{hook_function.called(function)} is {state}",
                effect="the next release may fail at it, and brings it back",
                repair=f"it is a function of your own: invoke it with an event that does no harm, and wait until it "
                f"is Active: aws lambda wait function-active-v2 --function-name {function} {facts.options}",
            )
        else:
            yield Finding(
                what=f"{hook_function.called(function)} is {state}",
                effect="CodeDeploy's next invocation fails; greenlight deploy and rollback wake it first, other "
                "clients do not",
                repair=facts.command("doctor", "--fix"),
                fix=WakeHooks(),
            )


def hook_log_gone(facts: Facts) -> Iterator[Finding]:
    for name in facts.log_groups_gone:
        yield Finding(
            what=f"log group {name} of a hook is gone",
            effect="a release that the hook refuses fails without a reason that anybody can read",
            repair="deploy the stack again, which makes it",
        )
