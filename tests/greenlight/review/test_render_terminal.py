"""What a person sees on a terminal, and in a job's log."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from greenlight.review.findings import Difference, Quiet, Review
from greenlight.review.render.terminal import terminal
from tests.greenlight.review.reviews import DEV, PROD, TASK

WHOLE = """\
2 stacks: 1 blocked, 1 safe

Plan of prod: Production would go from green to blue, where nothing runs.
  1 to add, 5 to change, 3 to replace
  note: Released since the last apply: `prod-api`.

  Blocked: what carries traffic or state would be replaced or deleted
  - prod/service-api/traffic/prod replaced (aws_lb_listener.traffic_prod_1A)
    so: The new listener forwards to blue, although green is live: 503 till a release.
    ~ load_balancer_arn: "arn:old" -> (known after apply)  # forces replacement
    ~ port: 80 -> 81
    why: `aws_lb.main` is replaced
    then: prod/service-api/traffic/test replaced, by load_balancer_arn
    instead: Keep the load balancer.

  Takes effect with the next release
  - aws_ecs_task_definition.task new revision
    so: Nothing restarts.
    ~ memory: "512" -> "1024"  # forces replacement
    next: Release it: `greenlight deploy prod/api`.

  Allowed, each for the reason given
  - aws_route.out["a.b"] changed in place
    so: Open connections out are cut.
    allowed: agreed with payments

  5 other changes
  - aws_ecs_cluster.main changed in place: Traffic sees nothing.
  - 3 resources changed in place, tags only: aws_subnet.private[0], aws_subnet.private[1], aws_subnet.private[2]
  - created, carries no traffic: aws_cloudwatch_dashboard.main

  fingerprint 3f2a9c0d11e4aa77, plan file 9f86d081884c7d65

Plan of dev: Nothing changes."""


def shown(*reviews: Review) -> str:
    return terminal(reviews, Console(file=StringIO(), width=40, _environ={}))


def test_a_log_tells_dangers_first_and_the_rest_by_name() -> None:
    assert shown(DEV, PROD) == WHOLE


def test_a_terminal_has_the_same_in_colours() -> None:
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", width=40, _environ={})
    coloured = terminal([DEV, PROD], console)

    assert "\x1b[1;31m" in coloured
    assert "".join(part.partition("m")[2] for part in ("m" + coloured).split("\x1b[")) == WHOLE


def test_no_value_colours_moves_or_commands() -> None:
    hostile = "::error::\x1b[31m\r\n::add-mask::a\n##[error]b\u202e\x9b2J"
    text = shown(
        replace(
            PROD,
            stack=hostile,
            headline=hostile,
            notes=(hostile,),
            findings=(
                replace(
                    TASK,
                    address=hostile,
                    action=hostile,
                    consequence=hostile,
                    instead=hostile,
                    why=hostile,
                    differences=(Difference(path=hostile, before=hostile, after=hostile),),
                ),
            ),
            quiet=(Quiet(address=hostile, construct=hostile, action=hostile, summary=hostile),),
            fingerprint=hostile,
            plan_sha256=hostile,
        )
    )

    assert [letter for letter in text if letter != "\n" and not " " <= letter <= "~"] == []
    assert [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line] == []
    assert "\\u001b[31m\\r\\n::add-mask::a\\n##\\u005berror]b\\u202e\\u009b2J" in text
