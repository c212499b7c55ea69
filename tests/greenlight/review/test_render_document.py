"""The JSON, which programs read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from greenlight import output
from greenlight.review.render.document import document
from tests.greenlight.review.reviews import DEV, LISTENER, PROD


def test_the_document_has_everything_that_a_review_has() -> None:
    reviews = [DEV, replace(PROD, findings=(LISTENER,), quiet=PROD.quiet[:1])]

    assert document(reviews) == {
        "verdict": "blocked",
        "stacks": [
            {
                "stack": "dev",
                "verdict": "safe",
                "headline": "Nothing changes.",
                "counts": {"add": 0, "change": 0, "replace": 0, "destroy": 0, "move": 0, "import": 0, "forget": 0},
                "notes": [],
                "findings": [],
                "quiet": [],
                "fingerprint": "",
                "plan_sha256": None,
                "live": {},
            },
            {
                "stack": "prod",
                "verdict": "blocked",
                "headline": "Production would go from green to blue, where nothing runs.",
                "counts": {"add": 1, "change": 5, "replace": 3, "destroy": 0, "move": 0, "import": 0, "forget": 0},
                "notes": ["Released since the last apply: `prod-api`."],
                "findings": [
                    {
                        "rank": "blocked",
                        "address": "aws_lb_listener.traffic_prod_1A",
                        "construct": "prod/service-api/traffic/prod",
                        "action": "replaced",
                        "consequence": "The new listener forwards to blue, although green is live: 503 till a release.",
                        "instead": "Keep the load balancer.",
                        "why": "`aws_lb.main` is replaced",
                        "differences": [
                            {
                                "path": "load_balancer_arn",
                                "before": '"arn:old"',
                                "after": "(known after apply)",
                                "forces": True,
                            },
                            {"path": "port", "before": "80", "after": "81", "forces": False},
                        ],
                        "consequents": [
                            {
                                "address": "aws_lb_listener.traffic_test_2B",
                                "construct": "prod/service-api/traffic/test",
                                "action": "replaced",
                                "by": "load_balancer_arn",
                            }
                        ],
                        "allowed": None,
                    }
                ],
                "quiet": [
                    {
                        "address": "aws_subnet.private[0]",
                        "construct": None,
                        "action": "changed in place",
                        "summary": "tags only",
                        "differences": [{"path": "tags.Team", "before": None, "after": '"payments"', "forces": False}],
                    }
                ],
                "fingerprint": "3f2a9c0d11e4aa77",
                "plan_sha256": "9f86d081884c7d65",
                "live": {"prod-api": "green, revision 14"},
            },
        ],
    }


def keys(node: Any) -> Any:
    """Of an object, or of the first of a list of them, and of the differences below."""
    one = node[0] if isinstance(node, list) else node
    return list(one), [list(below) for below in one.get("differences", [])[:1]]


def test_the_docs_show_every_key_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "plan-review.md").read_text().partition("## The JSON")[2]
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    whole = document([replace(PROD, findings=(LISTENER,), quiet=PROD.quiet[-1:])])

    for page_, real in ((shown, whole), (shown["stacks"][0], whole["stacks"][0])):
        assert list(page_) == list(real)
    for key in ("counts", "findings", "quiet"):
        assert keys(shown["stacks"][0][key]) == keys(whole["stacks"][0][key])


def test_no_value_is_a_command_to_a_log_of_github() -> None:
    printed = output.document("review", 0, {"value": "##[add-mask]x"})

    assert "##[" not in printed
    assert json.loads(printed)["value"] == "##[add-mask]x"
