"""One rehearsal: what was live before, who answered meanwhile, and what it came to."""

import re
from typing import Literal

from sandbox.stream import RequestStream
from tests.e2e.harness import Command
from tests.failures.document import Log, Row
from tests.failures.drill import Drill, Live
from tests.failures.patience import poll
from tests.failures.settled import as_terraform_sees_it, settle, wholly

Side = Literal["before", "candidate"]


class Scene:
    def __init__(self, drill: Drill, stream: RequestStream, name: str, log: Log) -> None:
        self._drill = drill
        self._stream = stream
        self._name = name
        self._log = log
        self._deployments = drill.deployments()
        self._terraform = as_terraform_sees_it(drill)
        self.before = drill.live()
        self._tested = wholly(drill.weights("test_listener"))
        self.settled = False
        stream.phase(name)

    @property
    def deployments(self) -> list[str]:
        """Those that it has made, oldest first."""
        return [one for one in reversed(self._drill.deployments()) if one not in self._deployments]

    def both_answer(self) -> None:
        """Waits until production has been answered by the candidate, too."""
        poll("the candidate answers", lambda: self._versions - {self.before.version})

    def settles(self, on: Side, *, seen: bool = False, lost: bool = False, plan: bool = False) -> Live:
        """All production is on this side, no request was lost, and nothing of the other side is left.

        With `seen` the other side may have answered too, with `lost` nobody. With `plan` Terraform itself is asked
        whether it would change anything; otherwise what it would ask AWS is compared.
        """
        self.settled = True
        live = settle(self._drill)
        assert (live == self.before) == (on == "before"), (self.before, live)
        # Terraform makes it for the other target group; from the first release on it goes with production.
        tested = wholly(self._drill.weights("test_listener"))
        assert tested == live.group or (on == "before" and tested == self._tested), tested
        sent = self._stream.sent
        poll("the stream goes on", lambda: self._stream.sent > sent + 5)
        answers = self.answers
        assert bool(answers - self._versions) == lost, answers
        if not seen:
            assert self._versions <= ({self.before.version} if on == "before" else {self.before.version, live.version})
        assert as_terraform_sees_it(self._drill) == self._terraform
        if plan:
            self._drill.assert_plan_is_empty()
        return live

    @property
    def answers(self) -> set[str]:
        """What the requests of this rehearsal were answered: versions, and why some were not."""
        return set(self._stream.answers[self._name])

    @property
    def _versions(self) -> set[str]:
        return {one for one in self.answers if not one.startswith("failed")}

    def row(self, part: str, fault: str, said: str, **commands: Command) -> None:
        """What docs/failures.md says of it; `commands` by their names, once they have ended."""
        codes = [(name, command.wait()) for name, command in commands.items()]
        self._log.add(Row(part=part, fault=fault, happened=self.happened(), exit_codes=codes, said=said))

    def happened(self) -> str:
        """What CodeDeploy made of its deployments, and who answered."""
        made = [self._told(one) for one in self.deployments if not self._undoes(one)]
        versions = self._versions
        live = self._drill.answer()
        if self.answers - versions:
            answered = "requests are lost until production is back"
        elif versions <= {self.before.version}:
            answered = "only the version before answers"
        elif live == self.before.version:
            answered = "the candidate has answered, and the version before has production again"
        else:
            answered = "production goes over to the candidate"
        return "; ".join([*(made or ["no deployment"]), answered])

    def _undoes(self, deployment: str) -> bool:
        return bool(self._drill.info(deployment)["creator"] == "codeDeployRollback")

    def _told(self, deployment: str) -> str:
        info = self._drill.info(deployment)
        if info["status"] == "Succeeded":
            return "Succeeded"
        failed = [name for name, status in self._drill.events(deployment).items() if status == "Failed"]
        told = f"{info['status']} ({info['errorInformation']['code']}){''.join(f' in {name}' for name in failed)}"
        if rollback := (info.get("rollbackInfo") or {}).get("rollbackDeploymentId"):
            return f"{told}, its rollback {self._drill.info(rollback)['status']}"
        return f"{told}, nothing to roll back"


def causes(command: Command) -> list[str]:
    """The last lines of a release that failed or was left: why."""
    return re.findall(r"^ *\d+:\d\d    (.*)$", command.output, re.MULTILINE)


def cause(command: Command, words: str) -> str:
    """The one with these words."""
    found = [line for line in causes(command) if words in line]
    assert found, command.output
    return str(found[0])


def refusal(command: Command) -> str:
    """Of a command that changed nothing."""
    found = re.findall(r"^greenlight: (.*)$", command.output, re.MULTILINE)
    assert found, command.output
    return str(found[-1])


def line(command: Command, words: str) -> str:
    """The first line of a command's progress with these words."""
    found = re.findall(r"^ *\d+:\d\d  +(.*)$", command.output, re.MULTILINE)
    return str(next(one for one in found if words in one))
