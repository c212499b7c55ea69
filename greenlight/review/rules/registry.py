"""Where images are: repositories, what is deleted from them, and who pulls. Pure."""

import json
from typing import Any

from greenlight.review.differences import differences
from greenlight.review.plan import Action
from greenlight.review.rules.row import SAFE, Case, Kind, Row, at, blocked, each, refused, safe, traffic

_KEEP = "ECR does not know what ECS runs: let only images without a tag expire, and keep the tags immutable."
_FOR_ALL = traffic(
    "Every AWS account may do what it allows: a matter of security, not of traffic.", "Name the accounts that pull."
)


def _repository_goes(case: Case) -> Row:
    if at(case.change.before, "force_delete"):
        return blocked(
            "Its images are deleted: what runs can neither start another task nor be gone back to.",
            "Copy the images first, and release from the copy.",
        )
    return refused(
        "ECR refuses to delete a repository that has images (RepositoryNotEmptyException): the apply ends half-way.",
        "Make a new one beside it, push and release from there; delete this one when nothing runs from it.",
    )


def _mutability(case: Case) -> Row:
    if at(case.change.after, "image_tag_mutability") == "IMMUTABLE":
        return safe("From now on a push of a tag that is there is refused.", "Let CI push each version once.")
    return traffic(
        "From now on a tag can move to another image: tasks that start by tag run that one, and a lifecycle for images "
        "without a tag deletes the one that lost it, though it may be live.",
        "Keep tags immutable, and give each version one of its own.",
    )


def _rules(side: Any) -> list[dict[str, Any]] | None:
    """What selects images that are deleted; None where it cannot be read."""
    try:
        found = json.loads(at(side, "policy") or "{}").get("rules", [])
        return [{"selection": one["selection"], "action": one["action"]} for one in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_age_of_untagged(rule: dict[str, Any]) -> bool:
    selection = rule["selection"]
    return bool(selection.get("tagStatus") == "untagged" and selection.get("countType") == "sinceImagePushed")


def _days(rules: list[dict[str, Any]]) -> int:
    return min((rule["selection"].get("countNumber", 0) for rule in rules), default=10**9)


def _lifecycle(case: Case) -> Row:
    before, after = _rules(case.change.before), _rules(case.change.after)
    if before is None or after is None or case.change.unknown == {"policy": True}:
        return traffic("Other images are deleted, one that is live or gone back to may be among them.", _KEEP)
    come = [rule for rule in after if rule not in before]
    gone = [rule for rule in before if rule not in after]
    if not come:
        return safe("Fewer images are deleted than before.")
    if not all(map(_is_age_of_untagged, come)):
        return traffic(
            "Within a day images with a tag are deleted: one that is live, or that a rollback goes back to, may be "
            "among them, and then no task of it starts any more.",
            _KEEP,
        )
    if gone and all(map(_is_age_of_untagged, gone)) and _days(come) >= _days(gone):
        return safe("Images without a tag are kept for longer.")
    return traffic(
        "Within a day images without a tag are deleted that were kept so far: one that is live may be among them, if "
        "it was pushed by its digest alone, or its tag was moved.",
        "Look what each service runs: `greenlight status`; give such an image a tag first.",
    )


def _lifecycle_begins(case: Case) -> Row:
    repositories = case.world.plan.of_type("aws_ecr_repository")
    made = {at(one.after, "name") for one in repositories if one.action is Action.CREATE}
    if at(case.change.after, "repository") in made:
        return SAFE
    return _lifecycle(case)


def _policy(case: Case) -> Row:
    found = [one for one in differences(case.change, case.world.plan) if one.path.split(".")[0] == "policy"]
    unknown = any((one.after or "").startswith("(known after apply") for one in found)
    denied = any('"Deny"' in (side or "") for one in found for side in (one.before, one.after))
    if unknown or denied or any(one.before is not None for one in found):
        return traffic(
            "Who pulled by it may be refused at once: in another account no task starts, and none is gone back to.",
            "Take an account out only when nothing there runs an image of this repository.",
        )
    if any(_anybody(one.after) for one in found):
        return _FOR_ALL
    return safe("It lets others in who were not: a matter of security, not of traffic.")


def _anybody(side: Any) -> bool:
    return '"*"' in str(side)


def _policy_begins(case: Case) -> Row:
    return _FOR_ALL if _anybody(at(case.change.after, "policy")) else SAFE


_POLICY_GOES = "Other accounts are refused: no task of theirs starts"

KINDS: dict[str, Kind] = {
    "aws_ecr_repository": Kind(
        what="the repository",
        replaced=_repository_goes,
        deleted=_repository_goes,
        arguments={
            "image_scanning_configuration": SAFE,
            "force_delete": lambda case: (
                traffic("Nothing happens now; from now on a destroy deletes the repository with all its images.")
                if at(case.change.after, "force_delete")
                else safe("A destroy is refused from now on as long as there are images.")
            ),
            **each("image_tag_mutability image_tag_mutability_exclusion_filter", _mutability),
        },
    ),
    "aws_ecr_lifecycle_policy": Kind(
        what="the repository's lifecycle",
        replaced=_lifecycle,
        deleted=safe("No image is deleted any longer."),
        created=_lifecycle_begins,
        arguments={"policy": _lifecycle},
    ),
    "aws_ecr_repository_policy": Kind(
        what="the repository's policy",
        replaced=traffic(f"{_POLICY_GOES} until it is there again."),
        deleted=traffic(f"{_POLICY_GOES} from now on."),
        created=_policy_begins,
        arguments={"policy": _policy},
    ),
}
