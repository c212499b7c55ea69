"""`greenlight policy`: what a role that releases this service has to be allowed."""

import json

from greenlight import images, revisions
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.policy import Service, policy


def command(target: Target, output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """Print the IAM policy of a role that releases the service."""
    on_service("policy", target, output, region, profile, run)


def run(context: Context) -> Result:
    """The service's own names, filled in; changes nothing."""
    document = policy(_service(context))
    content = {"target": context.manifest.address, "policy": document}
    return Result(Exit.OK, content, json.dumps(document, indent=2))


def _service(context: Context) -> Service:
    aws, manifest = context.aws, context.manifest
    newest = revisions.describe(aws, manifest.task_definition).content
    used = [str(container["image"]) for container in newest["containerDefinitions"]]
    return Service(
        partition=aws.partition,
        region=manifest.region,
        account=manifest.account,
        environment=manifest.environment,
        service=manifest.service,
        application=manifest.codedeploy.application,
        group=manifest.codedeploy.group,
        cluster=manifest.cluster,
        ecs_service=manifest.ecs_service,
        family=newest["family"],
        repositories=tuple(_repositories(aws.partition, [manifest.repository or "", *used])),
        hooks=tuple(manifest.hooks[event] for event in manifest.hooks if event not in manifest.own_hooks),
        own_hooks=tuple(manifest.own_hooks.values()),
        service_log_group=manifest.log_groups.service,
        hook_log_groups=tuple(manifest.log_groups.hooks.values()),
        vpc_links=(manifest.vpc_link,) if manifest.vpc_link else (),
        roles=tuple(newest[role] for role in ("executionRoleArn", "taskRoleArn") if newest.get(role)),
    )


def _repositories(partition: str, used: list[str]) -> list[str]:
    """The ARNs of those in private ECR."""
    found = []
    for image in used:
        try:
            private = images.read(image).private
        except ValueError:
            continue  # none, or in a spelling that private ECR's names do not have
        if private:
            found.append(f"arn:{partition}:ecr:{private.region}:{private.account}:repository/{private.name}")
    return found
