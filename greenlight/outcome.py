"""How a release ended: the exit code. Pure."""

from enum import IntEnum

from greenlight.deployment import Deployment


class Exit(IntEnum):
    OK = 0  # the new version has the traffic, or there was nothing to do
    ERROR = 1  # before anything changed
    DIFFERENCES = 2  # `diff`: there are some; `doctor`: findings; `guard`: another plan, or the world has moved
    FAILED = 3  # the old version has the traffic
    LOST = 4  # timed out or lost sight of; the deployment goes on
    ROLLBACK_FAILED = 5  # look now
    DETACHED = 130


NAMES = {
    Exit.OK: "succeeded",
    Exit.FAILED: "failed",
    Exit.LOST: "lost-sight",
    Exit.ROLLBACK_FAILED: "rollback-failed",
    Exit.DETACHED: "detached",
}


def outcome(deployment: Deployment, rollback: Deployment | None) -> Exit | None:
    """What the two say together; None while it is not over.

    A failed deployment's end is its rollback's end. Without a rollback CodeDeploy leaves the traffic where it is: on
    the old version if none was moved yet, otherwise on the one that failed.
    """
    if not deployment.over:
        return None
    if deployment.undoes:
        return Exit.FAILED if deployment.status == "Succeeded" else Exit.ROLLBACK_FAILED
    if deployment.status == "Succeeded":
        return Exit.OK
    if rollback is None:
        return Exit.ROLLBACK_FAILED if deployment.exposed else Exit.FAILED
    if not rollback.over:
        return None
    return Exit.FAILED if rollback.status == "Succeeded" else Exit.ROLLBACK_FAILED
