"""After all of it: nobody was denied what he needs, and nobody has what nothing needs."""

import pytest

from sandbox.access import recording
from sandbox.access.ledger import FILE
from sandbox.access.recording import Recording
from tests import security
from tests.documentation import with_parts
from tests.e2e.harness import Environment
from tests.e2e.shop_needs import BUCKET
from tests.unneeded import PERMISSIONS, PIECES

LOCKED = "arn:aws:s3:::greenlight-state-123456789012-us-east-1/sandbox/terraform.tfstate.tflock"
# Tests that are about a denial: test_2_account.py, test_6_shop_2_tasks.py.
MEANT = {
    ("github-plan", "s3:GetObject", LOCKED),
    ("github-plan", "s3:PutObject", LOCKED),
    ("shop-orders-task", "s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    *(
        (
            "token.actions.githubusercontent.com",
            "sts:AssumeRoleWithWebIdentity",
            f"{security.ROLES}greenlight/github-{role}",
        )
        for role in ("apply", "plan", "release")
    ),
}


@pytest.fixture(scope="module")
def recorded(account: Environment) -> Recording:
    return recording.read(account.sandbox.state_dir / "log" / FILE)


def test_nothing_was_denied_that_was_not_meant_to_be(recorded: Recording) -> None:
    denied = {
        (call.role.rpartition("/")[2], call.request.action, call.request.resource)
        for call in recorded.calls
        if not call.allowed
    }
    assert denied - MEANT == set()


def test_each_permission_was_needed_or_is_kept_for_a_reason(recorded: Recording) -> None:
    judged = security.permissions(recorded)

    assert security.unneeded(judged) - set(PERMISSIONS) == set()
    assert set(PERMISSIONS) - security.named(judged) == set(), "reasons for what nobody may"


def test_each_rule_route_and_endpoint_was_needed_or_is_kept_for_a_reason(recorded: Recording) -> None:
    judged = security.pieces(recorded)

    assert security.unneeded_pieces(judged) - set(PIECES) == set()
    assert set(PIECES) - {(piece.owner, piece.text) for piece in judged} == set(), "reasons for what is not there"


def test_the_document_shows_what_this_run_needed(recorded: Recording) -> None:
    """`python -m tests.security` writes it anew."""
    text = security.DOCUMENT.read_text()

    assert text == with_parts(text, security.parts(recorded))
