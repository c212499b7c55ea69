"""What a plan stands on, as AWS has it now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from greenlight import codedeploy, listener_rules
from greenlight.aws import Aws, error_code
from greenlight.clock import Clock
from greenlight.deployment import Deployment
from greenlight.errors import RefusedError
from greenlight.review.made_against import Group, Service, colour, described, own_colour

GONE = "gone"
_NO_GROUP = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")


@dataclass(frozen=True, kw_only=True)
class _Names:
    """As `codedeploy` takes them."""

    application: str
    group: str
    cluster: str
    ecs_service: str

    @property
    def codedeploy(self) -> "_Names":
        return self


class Ground:
    """AWS is not asked, nor are credentials needed, before something has to be known."""

    def __init__(self, connect: Callable[[], Aws], clock: Clock) -> None:
        self._connect = connect
        self._clock = clock

    def in_flight(self, group: Group) -> Deployment | None:
        """What is on its way to production, or has just failed and is about to be undone."""
        aws, names = self._at(group.arn), _names(group)
        if found := codedeploy.in_flight(aws, names):
            return found
        failed = codedeploy.last_failed(aws, names)
        return failed if failed and codedeploy.may_be_undone(self._clock, failed) else None

    def live(self, service: Service) -> str:
        """As `Service.live` is, but now; GONE where the service is."""
        aws = self._at(service.arn)
        found = _service(aws, service.cluster, service.name)
        if found is None:
            return GONE
        return described(found["taskDefinition"], _colour(aws, service.group, found))

    def released_since(self, service: Service, planned: datetime) -> str | None:
        """The id of the newest deployment of the service that has succeeded since then."""
        if service.group is None:
            return None
        past = codedeploy.newest_first(self._at(service.group.arn), _names(service.group), "Succeeded")
        newest = next(past, None)
        return newest.id if newest and newest.completed and newest.completed > planned else None

    def has_service(self, cluster: str, name: str) -> bool:
        return _service(self._connect(), cluster, name) is not None

    def has_group(self, group: Group) -> bool:
        """Whether there is such a deployment group."""
        try:
            next(codedeploy.newest_first(self._at(group.arn), _names(group)), None)
        except ClientError as error:
            if error_code(error) not in _NO_GROUP:
                raise
            return False
        return True

    def has_parameter(self, name: str) -> bool:
        try:
            self._connect().call("ssm:GetParameter", Name=name)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return False
        return True

    def _at(self, arn: str | None) -> Aws:
        """AWS where the ARN's resource is. Raises RefusedError where the credentials are of another account."""
        aws = self._connect()
        if arn is None:
            return aws
        region, account = arn.split(":")[3:5]
        if aws.account != account:
            raise RefusedError(
                f"the plan is of account {account}, and the credentials are of {aws.account}: sign in there, or give "
                "--profile"
            )
        return aws.in_region(region)


def _service(aws: Aws, cluster: str, name: str) -> dict[str, Any] | None:
    try:
        found = aws.call("ecs:DescribeServices", cluster=cluster, services=[name])["services"]
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        return None
    return next((one for one in found if one["status"] == "ACTIVE"), None)


def _colour(aws: Aws, group: Group | None, service: dict[str, Any]) -> str:
    if group is None or not group.listeners:
        return own_colour(one["targetGroupArn"] for one in service.get("loadBalancers") or ())
    try:
        rules = [rule for listener in group.listeners for rule in listener_rules.of_listener(aws, listener)]
    except ClientError as error:
        if error_code(error) != "ListenerNotFound":
            raise
        return "a listener that is gone"
    return colour((listener_rules.weights(rule["Actions"], {}) for rule in rules), group.pair)


def _names(group: Group) -> _Names:
    return _Names(application=group.application, group=group.name, cluster=group.cluster, ecs_service=group.service)
