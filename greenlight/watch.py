"""`greenlight watch`: see a deployment through. It never stops anything."""

from greenlight import deployments, release
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.errors import GreenlightError
from greenlight.follow import follow


def run(context: Context, deployment_id: str | None, until: Until) -> Result:
    """Follows the deployment, by default the newest, running or over, and ends with the exit code that it earned."""
    found = _find(context, deployment_id)
    if found.undoes:
        # A rollback is the second half of a release: its story begins with the first.
        context.show.line(f"{found.id} is the rollback of {found.undoes}")
        found = deployments.read(context.aws, context.manifest, found.undoes)
    seconds = deployments.limit_seconds(context, until)
    followed = follow(context, found.id, until=until, seconds=seconds, guard=False)
    return release.report(context, followed, f"the version of {found.id}")


def _find(context: Context, deployment_id: str | None) -> Deployment:
    if deployment_id:
        return deployments.get(context, deployment_id)
    newest = next(deployments.newest_first(context.aws, context.manifest), None)
    if newest is None:
        raise GreenlightError(f"{context.manifest.address} has had no deployment yet: there is nothing to watch")
    return newest
