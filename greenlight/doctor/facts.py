"""A service as AWS has it now. What is not there and what may not be seen are facts too. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight.deployment import Deployment
from greenlight.hook_function import State
from greenlight.manifest import Manifest, TargetGroup
from greenlight.revisions import Live, Revision


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """What these credentials may not see, and the permission that they lack."""

    what: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """None, or a key that is not in a mapping: it is in `missing`, or in `unseen`, unless it says otherwise."""

    manifest: Manifest
    command: Callable[..., str]
    """A command line of `greenlight`, such as `command("deploy", "--force")`."""

    options: str
    """Where, as the AWS CLI is told it: `--region us-east-1`."""

    missing: Sequence[str]
    """What the release manifest names and AWS does not have."""

    unseen: Sequence[Unseen]

    under_way: Deployment | None
    """A deployment in flight, or one that CodeDeploy is about to undo; None also where there is none."""

    settled: bool
    """It is known that no deployment is under way, so that listeners and autoscaling are to be as they are at rest."""

    failed: Deployment | None
    """The newest deployment, where it ended badly and nothing has undone it."""

    live: Live | None
    no_service: str | None
    """Why there is no `live`, where that is known."""

    running: Revision | None
    """The live revision."""

    newest: Revision | None
    """The revision that the manifest names."""

    later: str | None
    """ARN of a revision that Terraform made after that one, where there is one."""

    back: Revision | None
    """What a rollback would release; None also where nothing is known to go back to."""

    images_gone: Sequence[str]
    """Of the images of `running` and `back` those that private ECR does not have."""

    group: Mapping[str, Any] | None
    """CodeDeploy's `deploymentGroupInfo`."""

    rules: Mapping[str, Sequence[Mapping[str, Any]]]
    """ARN of a listener -> its rules as AWS gives them, the default one included."""

    targets: Mapping[str, Mapping[str, int]]
    """ARN of a target group -> state of its targets -> their number."""

    delays: Mapping[str, int]
    """ARN of a target group -> its deregistration delay in seconds."""

    functions: Mapping[str, State | None]
    """ARN of a hook's function -> its state; None: it is gone."""

    log_groups_gone: Sequence[str]
    """Names of hooks' log groups."""

    alarms: Mapping[str, Mapping[str, Any]] | None
    """Those of the deployment group that are there, by name."""

    suspended: bool
    """A release has suspended autoscaling, and nothing has restored it yet."""

    no_start: Sequence[str]
    """Why no task could start, as `preflight` says it."""

    vpc_link: Mapping[str, Any] | None
    """As GetVpcLink gives it."""

    @property
    def left(self) -> Deployment | None:
        """The one that failed, where its candidate has a part of production, or may have."""
        return self.failed if self.failed and self.failed.exposed else None

    @property
    def pair(self) -> tuple[TargetGroup, TargetGroup]:
        return self.manifest.load_balancer.blue, self.manifest.load_balancer.green

    @property
    def live_group(self) -> TargetGroup | None:
        """The live tasks' target group, where it is one of the two."""
        return next((one for one in self.pair if self.live and one.arn == self.live.target_group), None)


def group_alarms(group: Mapping[str, Any]) -> list[str]:
    """Names of the alarms that stop the deployment group's deployments."""
    configuration = group.get("alarmConfiguration") or {}
    return [alarm["name"] for alarm in configuration.get("alarms", [])] if configuration.get("enabled") else []
