"""Who may do what: IAM; and the functions that act: Lambda, the hook among them. Pure."""

from collections.abc import Iterable

from greenlight.review import grants
from greenlight.review.differences import differences
from greenlight.review.rules.row import SAFE, Case, Judge, Kind, Row, at, blocked, each, next_release, safe, traffic

_ROLE_GONE = (
    "Until it is there again, what acts as this role can do nothing: running tasks lose their credentials, no new task "
    "starts, and a release can neither go on nor go back"
)


_MORE = safe("It allows more than before: a matter of security, not of traffic.")
_WIDER = traffic("It allows much more than before: a matter of security, not of traffic.")


def _policy(argument: str) -> Judge:
    """What is taken away can stop what runs; what is added is a matter of security."""

    def judge(case: Case) -> Row:
        found = [one for one in differences(case.change, case.world.plan) if one.path.split(".")[0] == argument]
        before, after = (grants.of(at(side, argument)) for side in (case.change.before, case.change.after))
        unread, unpulled = (part(before) - part(after) for part in (grants.secrets, grants.pulled))
        if any((one.after or "").startswith("(known after apply") for one in found):
            return traffic(
                "What it will allow is known only in the middle of the apply: something may be missing afterwards.",
                "Look at what it depends on, which is named beside it.",
            )
        needed = [f"ask for {_list(unread)}"] if unread else []
        needed += [f"pull an image from {_list(unpulled)}"] if unpulled else []
        if needed and _starts_tasks(case):
            return traffic(
                f"Tasks of the live version still {' and '.join(needed)} when they start, and may not any longer: "
                "until the next release no task starts, neither in place of one that ends nor to scale out; and no "
                "rollback goes back to that version.",
                "Release directly after the apply"
                + (", with `--image` where the service's own image comes from elsewhere" if unpulled else "")
                + "; and apply it while all tasks are healthy.",
            )
        if before and before <= after:
            return _WIDER if any(grants.is_wide(one) for one in after - before) else _MORE
        denied = any('"Deny"' in (side or "") for one in found for side in (one.before, one.after))
        if denied or any(one.before is not None for one in found):
            return traffic(
                "Something that was allowed may be refused from now on, at once: tasks, new tasks or a release, "
                "whichever uses the role.",
                "Compare the statements with what the role is used for; take something away only when CloudTrail shows "
                "that nothing asks for it.",
            )
        if any('"*"' in (one.after or "") and '"Resource"' not in (one.after or "") for one in found):
            return _WIDER
        return _MORE

    return judge


def _starts_tasks(case: Case) -> bool:
    """Whether the policy is of a role by which ECS starts tasks."""
    role = str(at(case.change.before, "role"))
    definitions = case.world.plan.of_type("aws_ecs_task_definition")
    return any(str(at(one.before, "execution_role_arn")).endswith(f"/{role}") for one in definitions)


def _list(arns: Iterable[str]) -> str:
    return ", ".join(sorted(arns))


def _is_hook(case: Case) -> bool:
    arn = at(case.change.before, "arn")
    return any(arn in (one.get("hooks") or {}).values() for one in case.world.manifests)


def _function(case: Case) -> Row:
    if _is_hook(case):
        return next_release(
            "The next release has to pass it, and so has one that is in flight: do not apply it during one.",
            "Release something harmless after the apply, to see it pass.",
        )
    return safe("It counts from the next invocation on.")


def _reach(case: Case) -> Row:
    if _is_hook(case):
        return traffic(
            "A hook that does not reach the test listener, or may not answer, has every release refused.",
            "Release something harmless directly after the apply.",
        )
    return traffic("The function may no longer reach, or be allowed, what it needs.")


def _function_goes(case: Case) -> Row:
    if _is_hook(case):
        return traffic(
            "There is no hook in between, and its name is in CodeDeploy's policy and in the AppSpec: a release in "
            "flight fails, and later ones until the manifest is written again.",
            "Not during a release.",
        )
    return traffic("Who invokes it gets errors until it is there again.", "Make the new one beside the old one first.")


def _permission_goes(case: Case) -> Row:
    hooks = {arn for one in case.world.manifests for arn in (one.get("hooks") or {}).values()}
    function = str(at(case.change.before, "function_name") or "")
    if at(case.change.before, "principal") == "events.amazonaws.com" and any(arn.endswith(function) for arn in hooks):
        return safe("The hook is no longer kept awake: the first release after a pause waits for the function.")
    return traffic("Invocations that it allowed are refused at once.", "Check who invokes the function by it.")


KINDS: dict[str, Kind] = {
    "aws_iam_role": Kind(
        what="the role",
        replaced=blocked(
            f"{_ROLE_GONE}.", "Make a new role beside it, with its policies, and move what uses the old one."
        ),
        deleted=blocked(f"What acts as this role can do nothing any longer: {_ROLE_GONE.split(': ')[1]}."),
        arguments={
            "assume_role_policy": _policy("assume_role_policy"),
            "inline_policy": traffic("Something may be refused from now on.", "Compare the statements."),
            "managed_policy_arns": traffic("Something may be refused from now on.", "Compare the policies."),
            "permissions_boundary": traffic("Something may be refused from now on.", "Compare the boundaries."),
            **each("description max_session_duration force_detach_policies", SAFE),
        },
    ),
    "aws_iam_role_policy": Kind(
        what="the role's policy",
        replaced=traffic(
            "In between the role lacks what the policy allows: calls are refused.",
            "Not during a release; or add a second policy first.",
        ),
        deleted=traffic(
            "The role lacks what the policy allowed: calls are refused at once.",
            "Take it away only when CloudTrail shows that nothing asks for it.",
        ),
        arguments={"policy": _policy("policy")},
    ),
    "aws_iam_policy": Kind(
        what="the policy",
        replaced=traffic("In between its roles lack what it allows: calls are refused."),
        deleted=traffic("Its roles lack what it allowed."),
        arguments={"policy": _policy("policy"), "description": SAFE},
    ),
    "aws_iam_role_policy_attachment": Kind(
        what="the role's managed policy",
        replaced=traffic("In between the role lacks what the policy allows: calls are refused."),
        deleted=traffic("The role lacks what the policy allowed: calls are refused at once."),
    ),
    "aws_iam_openid_connect_provider": Kind(
        what="the identity provider",
        replaced=traffic("In between no workflow can take a role: plans, applies and releases are refused."),
        deleted=traffic("No workflow can take a role any longer: plans, applies and releases are refused."),
        arguments=each("client_id_list thumbprint_list", traffic("Workflows may be refused.")),
    ),
    "aws_lambda_function": Kind(
        what="the function",
        replaced=_function_goes,
        deleted=_function_goes,
        arguments={
            **each(
                "source_code_hash filename s3_bucket s3_key s3_object_version image_uri environment timeout "
                "memory_size architectures runtime handler layers ephemeral_storage image_config publish snap_start "
                "tracing_config logging_config dead_letter_config code_signing_config_arn kms_key_arn",
                _function,
            ),
            **each("vpc_config role file_system_config reserved_concurrent_executions", _reach),
            **each("description skip_destroy replace_security_groups_on_destroy replacement_security_group_ids", SAFE),
        },
    ),
    "aws_lambda_permission": Kind(
        what="the right to invoke the function", replaced=_permission_goes, deleted=_permission_goes
    ),
    "aws_lambda_function_event_invoke_config": Kind(
        what="the function's retries",
        replaced=safe("In between failed invocations are tried again as Lambda does by default."),
        deleted=next_release("From now on Lambda tries an invocation that fails twice more, as it does by default."),
        arguments=each("maximum_retry_attempts maximum_event_age_in_seconds destination_config", SAFE),
    ),
    "aws_lambda_alias": Kind(
        what="the function's alias",
        replaced=traffic("Who invokes the alias gets errors until it is there again."),
        deleted=traffic("Who invokes the alias gets errors."),
        arguments={
            **each("function_version routing_config", traffic("Another version of the function serves at once.")),
            "description": SAFE,
        },
    ),
}
