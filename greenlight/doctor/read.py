"""Reads a service's facts from AWS, each once; changes nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from greenlight import alarms, autoscaling, codedeploy, hook_function, images, listener_rules, preflight, revisions
from greenlight.aws import action, error_code, is_denied
from greenlight.context import Context
from greenlight.doctor.facts import Facts, Unseen, group_alarms
from greenlight.errors import RefusedError
from greenlight.revisions import Live, Revision

T = TypeVar("T")
WayBack = Callable[[Context, Revision], str | None]
"""Finds the ARN of what a rollback would release."""

_NO_GROUP = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
_NEWEST = 10
"""Of the newest revisions, so many are looked at for one that Terraform has made since the manifest."""


def read(context: Context, way_back: WayBack) -> Facts:
    """A permission that is missing costs what it is needed for, and nothing else.

    Raises botocore's errors, other than denials, where AWS gives no answer.
    """
    return _Reader(context).read(way_back)


class _Reader:
    def __init__(self, context: Context) -> None:
        self._context, self._aws, self._manifest = context, context.aws, context.manifest
        self._missing: list[str] = []
        self._unseen: list[Unseen] = []

    def read(self, way_back: WayBack) -> Facts:
        aws, manifest, balancer = self._aws, self._manifest, self._manifest.load_balancer
        group = self._look(f"deployment group {manifest.codedeploy.group}", self._group, _NO_GROUP)
        # In a tuple: nothing under way is not the same as not to know.
        flight = self._look("the deployments", lambda: (codedeploy.under_way(self._context),)) if group else None
        settled = flight == (None,)
        failed = self._look("the deployments", lambda: codedeploy.last_failed(aws, manifest)) if settled else None
        live, no_service = self._live()
        running = self._revision(live.arn) if live else None
        newest = self._revision(manifest.task_definition)
        back = self._back(running, way_back) if running else None
        return Facts(
            manifest=manifest,
            command=self._context.command,
            options=self._context.options,
            under_way=flight[0] if flight else None,
            settled=settled,
            failed=failed,
            live=live,
            no_service=no_service,
            running=running,
            newest=newest,
            later=self._look("the task definitions", lambda: self._later(newest)) if newest else None,
            back=back,
            images_gone=self._images_gone(one for one in (running, back) if one),
            group=group,
            rules=self._each([balancer.prod_listener, balancer.test_listener], self._rules, "ListenerNotFound"),
            targets=self._each([balancer.blue.arn, balancer.green.arn], self._targets, "TargetGroupNotFound"),
            delays=self._each([balancer.blue.arn, balancer.green.arn], self._delay, "TargetGroupNotFound"),
            functions=self._functions(),
            log_groups_gone=self._log_groups_gone(),
            alarms=self._look("the alarms", lambda: alarms.named(aws, group_alarms(group))) if group else None,
            suspended=bool(self._look("autoscaling's suspension", lambda: autoscaling.is_suspended(self._context))),
            no_start=self._no_start(newest, live) if newest and live else [],
            vpc_link=self._look(f"VPC link {manifest.vpc_link}", self._link, ("NotFoundException",)),
            # Last: by now all has been read.
            missing=list(dict.fromkeys(self._missing)),
            unseen=list(dict.fromkeys(self._unseen)),
        )

    def _look(self, what: str, read: Callable[[], T], absent: Collection[str] = ()) -> T | None:
        """None where `what` is not there, by these error codes, or may not be seen. That is noted."""
        try:
            return read()
        except ClientError as error:
            if is_denied(error):
                self._unseen.append(Unseen(what=what, action=action(error)))
            elif error_code(error) in absent:
                self._missing.append(what)
            else:
                raise
        return None

    def _each(self, arns: Iterable[str], read: Callable[[str], T], absent: str) -> dict[str, T]:
        """What is read of each; without those of which nothing can be."""
        found = {arn: self._look(arn, partial(read, arn), (absent,)) for arn in arns}
        return {arn: one for arn, one in found.items() if one is not None}

    # Releases ---------------------------------------------------------------------------------------------------------

    def _group(self) -> Mapping[str, Any]:
        names = self._manifest.codedeploy
        found: Mapping[str, Any] = self._aws.call(
            "codedeploy:GetDeploymentGroup", applicationName=names.application, deploymentGroupName=names.group
        )["deploymentGroupInfo"]
        return found

    def _live(self) -> tuple[Live | None, str | None]:
        try:
            return self._look("the service", lambda: revisions.live(self._aws, self._manifest)), None
        except RefusedError as error:
            return None, str(error)

    def _revision(self, arn: str) -> Revision | None:
        try:
            return self._look(f"task definition {revisions.short(arn)}", lambda: revisions.describe(self._aws, arn))
        except RefusedError:
            self._missing.append(f"task definition {revisions.short(arn)}")
            return None

    def _later(self, newest: Revision) -> str | None:
        """The last thing that an apply writes is the manifest: one that ended before has made a revision already.

        Terraform's have the tags that the one before has, and no release is of them; this CLI's are marked as such.
        Other clients', which may copy the tags, are registered to be released.
        """
        family, _, number = revisions.short(newest.arn).rpartition(":")
        found = self._aws.call(
            "ecs:ListTaskDefinitions", familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=_NEWEST
        )
        later = [one for one in found["taskDefinitionArns"] if int(one.rpartition(":")[2]) > int(number)]
        for arn in later if newest.own_tags else ():
            one = revisions.describe(self._aws, arn)
            if revisions.BASE in one.tags or not newest.own_tags.keys() <= one.own_tags.keys():
                continue
            if arn not in self._released:
                return one.arn
        return None

    @cached_property
    def _released(self) -> Collection[str | None]:
        """What the last deployments were of."""
        aws, manifest = self._aws, self._manifest
        return [
            codedeploy.released(aws, manifest, one) for one in islice(codedeploy.newest_first(aws, manifest), _NEWEST)
        ]

    def _no_start(self, newest: Revision, live: Live) -> list[str]:
        looks = preflight.of_tasks(self._context, newest.content, live)
        return [line for what, look in looks.items() for line in self._look(what, partial(_listed, look)) or ()]

    def _back(self, running: Revision, way_back: WayBack) -> Revision | None:
        try:
            arn = self._look("the deployments", lambda: way_back(self._context, running))
        except RefusedError:
            return None  # CodeDeploy does not say what it released: nothing is known to go back to
        return self._revision(arn) if arn else None

    def _images_gone(self, used: Iterable[Revision]) -> list[str]:
        found = [str(one["image"]) for revision in used for one in revision.content["containerDefinitions"]]
        return [image for image in dict.fromkeys(found) if self._look(f"image {image}", partial(self._is_gone, image))]

    def _is_gone(self, image: str) -> bool:
        try:
            images.check(self._aws, image)
        except RefusedError:
            return True
        return False

    # What a release goes through --------------------------------------------------------------------------------------

    def _rules(self, listener: str) -> list[Mapping[str, Any]]:
        return list(listener_rules.of_listener(self._aws, listener))

    def _targets(self, group: str) -> dict[str, int]:
        health = self._aws.call("elasticloadbalancing:DescribeTargetHealth", TargetGroupArn=group)
        states = [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]]
        return {state: states.count(state) for state in sorted(set(states))}

    def _delay(self, group: str) -> int:
        found = self._aws.call("elasticloadbalancing:DescribeTargetGroupAttributes", TargetGroupArn=group)
        by_key = {attribute["Key"]: attribute["Value"] for attribute in found["Attributes"]}
        return int(by_key["deregistration_delay.timeout_seconds"])

    def _functions(self) -> dict[str, hook_function.State | None]:
        """Without those that may not be seen."""
        found = {
            arn: self._look(hook_function.called(arn), partial(self._function, arn))
            for arn in dict.fromkeys(self._manifest.hooks.values())
        }
        return {arn: seen[0] for arn, seen in found.items() if seen}

    def _function(self, arn: str) -> tuple[hook_function.State | None]:
        return (hook_function.state(self._aws, arn),)

    def _log_groups_gone(self) -> list[str]:
        names = dict.fromkeys(self._manifest.log_groups.hooks.values())
        return [name for name in names if self._look(f"log group {name}", partial(self._has_no_log, name))]

    def _has_no_log(self, name: str) -> bool:
        now = int(self._context.clock.utc().timestamp() * 1000)
        try:
            self._aws.call("logs:FilterLogEvents", logGroupName=name, startTime=now, limit=1)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            return True
        return False

    def _link(self) -> Mapping[str, Any] | None:
        link = self._manifest.vpc_link
        return self._aws.call("apigateway:GET", VpcLinkId=link) if link else None


def _listed(look: Callable[[], Iterator[str]]) -> list[str]:
    return list(look())
