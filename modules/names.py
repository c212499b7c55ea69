"""What a service's own resources are called. Free of cdktf: the settings check these names against AWS's limits."""

from dataclasses import dataclass

from modules.location import Location

MANIFESTS = "/greenlight"
"""The SSM path below which the release manifests of all environments are."""


def flow_logs_role(environment: str) -> str:
    return f"{environment}-flow-logs"


@dataclass(frozen=True, kw_only=True)
class ServiceId:
    """Which service something belongs to, and the names that follow from that."""

    environment: str
    """The environment's name, which begins the names of all that it owns."""

    key: str
    """The service's key in the environment's settings: what messages call it by, and the CLI."""

    location: Location
    """The account and region that all of it is in."""

    @property
    def name(self) -> str:
        """Of the ECS service, of CodeDeploy's application and of its one deployment group."""
        return f"{self.environment}-{self.key}"

    @property
    def hook(self) -> str:
        """Of the hook's function, and of its role."""
        return f"{self.name}-hook"

    @property
    def hook_schedule(self) -> str:
        return f"{self.hook}-awake"

    @property
    def execution_role(self) -> str:
        return f"{self.name}-execution"

    @property
    def task_role(self) -> str:
        return f"{self.name}-task"

    @property
    def codedeploy_role(self) -> str:
        return f"{self.name}-codedeploy"

    @property
    def log_group(self) -> str:
        """Of the tasks."""
        return f"/ecs/{self.environment}/{self.key}"

    @property
    def hook_log_group(self) -> str:
        """Lambda's own name for it: any other would leave the hook's lines where nobody looks."""
        return f"/aws/lambda/{self.hook}"

    @property
    def manifest(self) -> str:
        """The SSM parameter that holds the release manifest; contracts/names.json has it for the CLI."""
        return f"{MANIFESTS}/{self.environment}/{self.key}"
