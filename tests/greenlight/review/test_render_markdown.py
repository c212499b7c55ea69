"""The comment on a pull request."""

from dataclasses import replace

from greenlight.review.findings import Consequent, Difference, Rank
from greenlight.review.render.markdown import markdown
from tests.greenlight.review.reviews import DEV, LISTENER, PROD, TASK

WHOLE = """\
<!-- greenlight-review/1 blocked:db858c40de44:- -->
## ⛔ Plan of `prod`

> [!CAUTION]
> Production would go from green to blue, where nothing runs.

**1 to add, 5 to change, 3 to replace**

Released since the last apply: `prod-api`.

#### ⛔ Blocked: what carries traffic or state would be replaced or deleted

**`prod/service-api/traffic/prod`** · **replaced** · `aws_lb_listener.traffic_prod_1A`

The new listener forwards to blue, although green is live: 503 till a release.

- `load_balancer_arn`: `"arn:old"` → _(known after apply)_ · **forces replacement**
- `port`: `80` → `81`

**Why:** `aws_lb.main` is replaced

**With it:**

- `prod/service-api/traffic/test` replaced, by `load_balancer_arn`

**Instead:** Keep the load balancer.

#### ⏭️ Takes effect with the next release

**`aws_ecs_task_definition.task`** · **new revision**

Nothing restarts.

- `memory`: `"512"` → `"1024"`

**Next:** Release it: `greenlight deploy prod/api`.

#### ☑️ Allowed, each for the reason given

**`aws_route.out["a.b"]`** · **changed in place**

Open connections out are cut.

**Allowed, though traffic risk:** agreed with payments

<details>
<summary>5 other changes: 4 <code>changed in place</code>, 1 <code>created</code></summary>

- **changed in place** · Traffic sees nothing. · `aws_ecs_cluster.main`
  - `setting.containerInsights`: `"disabled"` → `"enabled"`
- **3 changed in place** · tags only · `aws_subnet.private[0]`, `aws_subnet.private[1]`, `aws_subnet.private[2]`
  - `tags.Team`: added `"payments"`
- **created** · carries no traffic · `aws_cloudwatch_dashboard.main`

</details>

Of this plan: fingerprint `3f2a9c0d11e4`, plan file `sha256:9f86d081884c`
"""


def test_a_comment_tells_dangers_first_and_folds_what_nobody_has_to_look_at() -> None:
    assert markdown([PROD]) == WHOLE


def test_a_plan_without_changes_is_a_verdict_and_no_more() -> None:
    assert markdown([DEV]) == (
        "<!-- greenlight-review/1 safe:e16b6e428dc6:- -->\n## ✅ Plan of `dev`\n\n> [!TIP]\n> Nothing changes.\n"
    )


def test_several_stacks_have_a_verdict_line_each_and_the_worst_comes_first() -> None:
    assert markdown([DEV, replace(PROD, findings=(), quiet=(), plan_sha256=None)]) == (
        "<!-- greenlight-review/1 blocked:126e243ef7c0:- -->\n"
        "## ⛔ Plans of 2 stacks: 1 blocked, 1 safe\n\n"
        "> [!CAUTION]\n"
        "> - ⛔ **`prod`** · Production would go from green to blue, where nothing runs."
        " · 1 to add, 5 to change, 3 to replace\n"
        "> - ✅ **`dev`** · Nothing changes.\n\n"
        "### ⛔ `prod`\n\n"
        "**1 to add, 5 to change, 3 to replace**\n\n"
        "Released since the last apply: `prod-api`.\n\n"
        "Of this plan: fingerprint `3f2a9c0d11e4`\n"
    )


def test_what_is_new_what_goes_and_what_is_long_each_have_a_form() -> None:
    long = '"' + "x" * 60 + '"'
    differences = (
        Difference(path="a", before=None, after="1"),
        Difference(path="b", before="1", after=None),
        Difference(path="c", before=long, after="(hidden)", forces=True),
        Difference(path="d", before="(hidden)", after="(hidden)"),
    )
    comment = markdown([replace(PROD, findings=(replace(LISTENER, differences=differences),))])

    assert (
        f"- `a`: added `1`\n- `b`: removed `1`\n- `c` · **forces replacement**\n"
        f"  - was `{long}`\n  - becomes _(hidden)_\n"
        "- `d`: changed _(hidden)_\n"
    ) in comment


def test_where_long_values_differ_is_shown() -> None:
    before, after = ('"' + "x" * 300 + side + "y" * 300 + '"' for side in ("old", "new"))
    differences = (Difference(path="a", before=before, after=after),)
    alike = "…281 characters alike… " + "x" * 20

    lines = markdown([replace(PROD, findings=(replace(LISTENER, differences=differences),))]).splitlines()
    shown = [line.partition("`")[2] for line in lines if line.startswith(("  - was ", "  - becomes "))]
    assert [one.partition("y")[0] for one in shown] == [f"{alike}old", f"{alike}new"]


def test_findings_are_in_order_of_rank_however_they_come() -> None:
    assert markdown([replace(PROD, findings=PROD.findings[::-1])]) == WHOLE


def test_of_what_was_allowed_the_worst_comes_first() -> None:
    allowed = [replace(one, allowed="agreed") for one in (TASK, LISTENER)]
    comment = markdown([replace(PROD, findings=tuple(allowed))])

    assert comment.index("**Allowed, though blocked:**") < comment.index("**Allowed, though takes effect")


def test_a_new_revision_is_not_called_a_replacement() -> None:
    comment = markdown([replace(PROD, findings=(replace(TASK, why="`memory` cannot be changed"),))])

    assert ("**Why:**" in comment, "forces" in comment) == (False, False)


def test_findings_that_say_the_same_are_told_once() -> None:
    green = replace(TASK, address="aws_lb_target_group.green", construct="prod/green")

    assert markdown([replace(DEV, findings=(TASK, green))]).partition("release\n\n")[2] == (
        "**`aws_ecs_task_definition.task`** · **new revision**\\\n"
        "**`prod/green`** · **new revision** · `aws_lb_target_group.green`\n\n"
        "Nothing restarts.\n\n"
        '- `memory`: `"512"` → `"1024"`\n\n'
        "**Next:** Release it: `greenlight deploy prod/api`.\n"
    )


def test_of_many_that_go_with_it_the_worst_are_shown_and_the_rest_folded() -> None:
    follow = [Consequent(address=f"a.b[{n}]", construct=None, action="changed in place", by="arn") for n in range(6)]
    replaced = Consequent(address="a.c", construct=None, action="replaced", by="arn")
    comment = markdown([replace(DEV, findings=(replace(LISTENER, consequents=(*follow, replaced)),))])

    assert comment.partition("**With it:**\n\n")[2] == (
        "- `a.c` replaced, by `arn`\n"
        + "".join(f"- `a.b[{n}]` changed in place, by `arn`\n" for n in range(4))
        + "\n<details>\n<summary>2 more with it</summary>\n\n"
        "- `a.b[4]` changed in place, by `arn`\n- `a.b[5]` changed in place, by `arn`\n\n</details>\n\n"
        "**Instead:** Keep the load balancer.\n"
    )


def test_a_former_verdict_is_kept_in_a_line_of_its_own() -> None:
    first = markdown([replace(PROD, verdict=Rank.TRAFFIC, findings=(), fingerprint="1")], commit="abcdef0123")
    second = markdown([PROD], first)
    third = markdown([replace(PROD, fingerprint="2")], second, commit="0123456789")

    assert third.partition("<details>\n<summary>Earlier verdicts")[2] == (
        ": 2</summary>\n\n- ⛔ Blocked\n- ⚠️ Traffic risk · commit `abcdef0`\n\n</details>\n"
    )


def test_what_a_reviewer_is_to_do_is_in_the_finding() -> None:
    comment = markdown([replace(PROD, findings=(replace(LISTENER, instead=None), TASK))])

    assert "**Instead:**" not in comment
    assert "**Next:** Release it: `greenlight deploy prod/api`." in comment
