"""Names of an environment's resources. Does not import cdktf: the settings check these names against AWS's limits."""

from dataclasses import dataclass

from modules.location import Location

MANIFESTS = "/greenlight"
"""The SSM path of all environments' release manifests."""


def flow_logs_role(environment: str) -> str:
    return f"{environment}-flow-logs"


def notify_topic(environment: str) -> str:
    return f"{environment}-notify"


@dataclass(frozen=True, kw_only=True)
class ServiceId:
    """Identifies a service, and derives the names of its resources."""

    environment: str
    """The environment's name: the prefix of all names."""

    key: str
    """The service's key in the environment's settings, used in messages and by the CLI."""

    location: Location
    """The account and region it is deployed to."""

    @property
    def name(self) -> str:
        """Name of the ECS service, the CodeDeploy application and its deployment group."""
        return f"{self.environment}-{self.key}"

    def command(self, verb: str, *arguments: str) -> str:
        """What a person who is told of the service types: `greenlight status dev/api --region eu-west-1`."""
        return " ".join(["greenlight", verb, self.address, *arguments, "--region", self.location.region])

    @property
    def hook(self) -> str:
        """Name of the hook's function and of its role."""
        return f"{self.name}-hook"

    @property
    def hook_schedule(self) -> str:
        return f"{self.hook}-awake"

    @property
    def release_events(self) -> str:
        """Name of the EventBridge rule for releases that fail."""
        return f"{self.name}-releases"

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
        """The tasks' log group."""
        return f"/ecs/{self.environment}/{self.key}"

    @property
    def hook_log_group(self) -> str:
        """The log group that Lambda writes to by default."""
        return f"/aws/lambda/{self.hook}"

    @property
    def address(self) -> str:
        """How the CLI is told which service."""
        return f"{self.environment}/{self.key}"

    @property
    def manifest(self) -> str:
        """The SSM parameter with the release manifest. The CLI reads it: contracts/names.json."""
        return f"{MANIFESTS}/{self.environment}/{self.key}"
