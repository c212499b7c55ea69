"""`greenlight review`, as it is called."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.greenlight.review.plans import change, document, same
from tests.plans import recorded

SAFE = document(same("aws_lb.a", {"x": 1}))
RISKY = document(change("aws_lb.a", {"idle_timeout": 60}, {"idle_timeout": 5}), same("aws_lb.b", {"x": 1}))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, content: Any) -> str:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(file)

    return write


def test_nothing_found_is_exit_code_0(greenlight: Any, write: Any) -> None:
    code, out, err = greenlight("review", write("dev.json", SAFE))

    assert (code, out.splitlines()[0], err) == (0, "Plan of dev: No changes", "")


def test_what_a_reviewer_must_look_at_is_exit_code_2(greenlight: Any, write: Any) -> None:
    code, out, _ = greenlight("review", write("dev.json", RISKY))

    assert code == 2
    assert out.startswith("Plan of dev: Live traffic is at risk: aws_lb.a (changed in place)\n")


def test_one_plan_that_cannot_be_read_is_an_error_for_all(greenlight: Any, write: Any) -> None:
    code, out, err = greenlight("review", write("dev.json", SAFE), write("prod.json", "{}"))

    assert (code, out) == (1, "")
    assert "prod.json is no plan" in err


def test_a_file_that_is_not_there_is_named(greenlight: Any) -> None:
    code, _, err = greenlight("review", "nowhere.json")

    assert (code, err) == (1, "greenlight: cannot read nowhere.json: No such file or directory\n")


def test_several_stacks_are_told_by_name(greenlight: Any, write: Any) -> None:
    code, out, _ = greenlight(
        "review", f"a={write('x/plan.json', SAFE)}", f"b={write('y/plan.json', RISKY)}", "-o", "json"
    )

    assert code == 2
    assert {one["stack"]: one["verdict"] for one in json.loads(out)["stacks"]} == {"a": "safe", "b": "traffic"}


def test_two_plans_of_one_name_are_refused(greenlight: Any, write: Any) -> None:
    code, _, err = greenlight("review", write("x/plan.json", SAFE), write("y/plan.json", SAFE))

    assert code == 1
    assert "are both plans of plan: name them, as NAME=PLAN.json" in err


def test_beside_a_synthesized_stack_the_plan_has_its_name_and_constructs(greenlight: Any, write: Any) -> None:
    metadata = {"//": {"metadata": {"path": "dev/load-balancer/main"}}}
    write("dev/cdk.tf.json", {"resource": {"aws_lb": {"a": metadata}}})

    _, out, _ = greenlight("review", write("dev/plan.json", RISKY), "-o", "json")

    (stack,) = json.loads(out)["stacks"]
    assert (stack["stack"], stack["findings"][0]["construct"]) == ("dev", "dev/load-balancer/main")


def test_a_service_that_goes_takes_along_what_its_construct_made(greenlight: Any, write: Any) -> None:
    paths = {"aws_ecs_service": "dev/service-api/service/service", "aws_lb_listener": "dev/service-api/traffic/prod"}
    resources = {kind: {"a": {"//": {"metadata": {"path": path}}}} for kind, path in paths.items()}
    write("dev/cdk.tf.json", {"resource": resources})
    gone = [change(f"{kind}.a", {"name": "x"}, None) for kind in paths]

    _, out, _ = greenlight("review", write("dev/plan.json", document(*gone, same("aws_vpc.a", {}))), "-o", "json")

    (found,) = json.loads(out)["stacks"][0]["findings"]
    assert (found["address"], found["rank"]) == ("aws_ecs_service.a", "blocked")
    assert [one["address"] for one in found["consequents"]] == ["aws_lb_listener.a"]


def test_a_considered_exception_no_longer_counts_and_is_shown(greenlight: Any, write: Any) -> None:
    plan = write("dev.json", RISKY)

    code, out, _ = greenlight("review", plan, "--allow", "aws_lb.a=update:nobody holds a connection open")

    assert code == 0
    assert "nobody holds a connection open" in out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("aws_lb.b=update:why", "there is no such finding"),
        ("aws_lb.a=delete:why", "there is no such finding"),
        ("aws_lb.a=update:", "must be ADDRESS=ACTION:REASON"),
        ("aws_lb.a", "must be ADDRESS=ACTION:REASON"),
        ("aws_lb.a=explode:why", "must be ADDRESS=ACTION:REASON"),
    ],
)
def test_an_exception_for_nothing_is_an_error(greenlight: Any, write: Any, given: str, said: str) -> None:
    code, out, err = greenlight("review", write("dev.json", RISKY), "--allow", given)

    assert (code, out) == (1, "")
    assert said in err


def test_the_plan_file_itself_is_known_again(greenlight: Any, write: Any) -> None:
    file = write("tfplan", "the plan")

    _, out, _ = greenlight("review", write("dev.json", SAFE), "--plan-file", file, "-o", "json")

    assert json.loads(out)["stacks"][0]["plan_sha256"] == hashlib.sha256(b"the plan").hexdigest()


def test_of_several_stacks_each_plan_file_says_whose_it_is(greenlight: Any, write: Any) -> None:
    plans = (write("a.json", SAFE), write("b.json", SAFE))

    code, _, err = greenlight("review", *plans, "--plan-file", write("tfplan", "x"))

    assert code == 1
    assert "say of which stack it is: --plan-file a=PLANFILE, --plan-file b=PLANFILE" in err


def test_a_comment_keeps_the_verdicts_of_the_one_before(greenlight: Any, write: Any) -> None:
    _, first, _ = greenlight("review", write("dev.json", RISKY), "-o", "markdown")

    code, second, _ = greenlight(
        "review", write("dev.json", SAFE), "-o", "markdown", "--previous", write("old.md", first)
    )

    assert code == 0
    assert "Earlier verdicts: 1" in second


def test_only_a_comment_has_earlier_verdicts(greenlight: Any, write: Any) -> None:
    code, _, err = greenlight("review", write("dev.json", SAFE), "--previous", write("old.md", ""))

    assert code == 1
    assert "add --output markdown" in err


@pytest.mark.parametrize(
    "broken",
    [
        change("aws_lb.a", {"x": 1}, {"x": 2}, actions=[["update"]]),  # type: ignore[list-item]
        change("aws_lb.a", {"x": 1}, {"x": 2}, action_reason=["x"]),
        change("aws_lb.a", 5, {"x": 2}),  # type: ignore[arg-type]
        change("aws_lb.a", {"tags": [[]], "tags_all": {"a": "b"}}, {"tags_all": {"a": "c"}}),
        change("aws_lb_listener.a", {"default_action": [{"type": "forward", "forward": 5}]}, {}),
        change(
            "aws_codedeploy_deployment_group.a",
            {"load_balancer_info": [{"target_group_pair_info": [{"target_group": [5]}]}]},
            {},
        ),
    ],
    ids=["actions", "reason", "before", "tags", "action", "group"],
)
def test_a_plan_of_another_shape_is_refused_with_one_sentence(greenlight: Any, write: Any, broken: Any) -> None:
    code, out, err = greenlight("review", write("dev.json", document(broken)))

    assert (code, out) == (1, "")
    assert err.startswith("greenlight: the plan of dev has a part that is not as `terraform show -json` prints it (")
    assert err.count("\n") == 1


@pytest.mark.parametrize("plan", [one for one in recorded.names() if one.startswith("hcl/secrets")])
@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_no_secret_that_is_planted_in_a_plan_is_printed(greenlight: Any, write: Any, plan: str, form: str) -> None:
    """tests/plans/hcl/secrets.tf has them wherever a plan can hold one; each has "planted" in it."""
    _, out, err = greenlight("review", write("plan.json", recorded.load(plan)), "-o", form)

    assert "planted" in recorded.load(plan).lower()
    assert [line for line in (out + err).splitlines() if "planted" in line.lower()] == []
