"""Permissions that are missing, on the running sandbox: the failure that AWS shows, where it shows it.

Others are next to what they are about: an execution role without ECR or with the wrong trust (`test_task_roles.py`), a
hook's role that does not trust Lambda (`test_rules_lambda.py`), CodeDeploy's, when its group is made
(`test_rules_codedeploy.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox import running_stack
from tests.sandbox.codedeploy_stack import Releases, appspec
from tests.sandbox.http_client import ask as ask_url
from tests.sandbox.identities import ACCOUNT, As, arn_of_role, policy, session, trusting, user
from tests.sandbox.lambda_function import archive
from tests.sandbox.released_service import Service, answer
from tests.sandbox.roles import JOIN_VPC, WRITE_LOGS, allow, make_execution_role, make_role
from tests.sandbox.running_stack import Clients, Stack, until
from tests.sandbox.stack import make, service
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.test_scheduler import ask
from tests.sandbox.trust import trust

stack = running_stack.stack
HOUR = 3600
CODEDEPLOY = "codedeploy.amazonaws.com"


class Limited:
    """A role that somebody takes, and what its session may do."""

    def __init__(self, sandbox: Sandbox, client: Clients, name: str):
        self.client, self.name = client, f"{name}-limited"
        self.arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/one"
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=trusting(root))
        somebody = user(sandbox, client, f"{name}-user", allow("sts:AssumeRole"))
        given = {"RoleArn": arn_of_role(self.name), "RoleSessionName": "one"}
        self.calls: As = session(sandbox, somebody("sts").assume_role(**given))

    def may(self, *statements: Any) -> None:
        self.client("iam").put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=policy(*statements))

    def denied(self, action: str, resource: str) -> str:
        """IAM's sentence."""
        return (
            f"User: {self.arn} is not authorized to perform: {action} on resource: {resource} because no "
            f"identity-based policy allows the {action} action"
        )


@pytest.fixture
def limited(sandbox: Sandbox, client: Clients, name: str) -> Limited:
    return Limited(sandbox, client, name)


# PassRole -------------------------------------------------------------------------------------------------------------


def passing(role: str, service: str) -> dict[str, Any]:
    return allow("iam:PassRole", on=role) | {"Condition": {"StringEquals": {"iam:PassedToService": service}}}


def needs_pass_role(
    limited: Limited, call: Callable[[], Any], own: str, role: str, service: str, status: int = 400
) -> None:
    """The call is denied by a role that may make it and not pass the role, and not to this service."""
    told = (status, "AccessDeniedException", limited.denied("iam:PassRole", role))
    limited.may(allow(own))
    assert refused(call) == told
    limited.may(allow(own), passing(role, "ec2.amazonaws.com"))
    assert refused(call) == told
    limited.may(allow(own), passing(f"{role}-2", service))
    assert refused(call) == told
    limited.may(allow(own), passing(role, service))
    assert call()["ResponseMetadata"]["HTTPStatusCode"] in (200, 201)


def test_a_task_definition_is_registered_by_who_may_pass_its_role(client: Clients, limited: Limited, name: str) -> None:
    role = make_role(client, name, "ecs-tasks.amazonaws.com")
    ecs = limited.calls("ecs")

    def register() -> Any:
        container = {"name": "app", "image": "nowhere/api:1", "memory": 64}
        return ecs.register_task_definition(family=name, taskRoleArn=role, containerDefinitions=[container])

    needs_pass_role(limited, register, "ecs:RegisterTaskDefinition", role, "ecs-tasks.amazonaws.com")


def test_a_function_is_made_by_who_may_pass_its_role(client: Clients, limited: Limited, name: str) -> None:
    role = make_role(client, name, "lambda.amazonaws.com", WRITE_LOGS)
    lambda_ = limited.calls("lambda")

    def create() -> Any:
        settings = {"Runtime": "provided.al2023", "Handler": "bootstrap", "Code": {"ZipFile": archive()}}
        return lambda_.create_function(FunctionName=name, Role=role, **settings)

    needs_pass_role(limited, create, "lambda:CreateFunction", role, "lambda.amazonaws.com", status=403)


def test_a_group_is_made_by_who_may_pass_its_role(client: Clients, limited: Limited, name: str) -> None:
    role = make_role(client, f"{name}-role", CODEDEPLOY)
    releases = released(client, name)
    codedeploy, named = client("codedeploy"), releases.named
    info = codedeploy.get_deployment_group(**named)["deploymentGroupInfo"]
    codedeploy.delete_deployment_group(**named)
    kept = ("deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo", "ecsServices")
    given = {**named, "serviceRoleArn": role, **{key: info[key] for key in kept}}
    own = limited.calls("codedeploy")

    needs_pass_role(
        limited, lambda: own.create_deployment_group(**given), "codedeploy:CreateDeploymentGroup", role, CODEDEPLOY
    )


# CodeDeploy's role ----------------------------------------------------------------------------------------------------


def released(client: Clients, name: str, **settings: Any) -> Releases:
    """A group for a service that wants no tasks."""
    made = make(client, name)
    service(client, made)
    return Releases(client, name, made.prod, **settings)


GROUPS = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}:deploymentgroup"


@pytest.mark.parametrize(
    "trusted",
    [
        {"Principal": {"Service": "ecs-tasks.amazonaws.com"}},
        {
            "Principal": {"Service": CODEDEPLOY},
            "Condition": {"ArnEquals": {"aws:SourceArn": f"{GROUPS}:another/another"}},
        },
    ],
)
def test_a_release_fails_once_the_groups_role_trusts_another(
    client: Clients, name: str, trusted: dict[str, Any]
) -> None:
    role = make_role(client, f"{name}-role", CODEDEPLOY, managed="AWSCodeDeployRoleForECS")
    releases = released(client, name, serviceRoleArn=role)
    client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=trust(**trusted))

    deployment = releases.deploy(appspec(f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/{name}:1"))

    assert releases.reaches(deployment, "Failed")["errorInformation"] == {
        "code": "IAM_ROLE_MISSING",
        "message": f"The service role {role} cannot be accessed.",
    }


# ECS's execution role -------------------------------------------------------------------------------------------------


def test_an_execution_role_without_logs_starts_no_task(stack: Stack, client: Clients, name: str) -> None:
    pull = ("GetAuthorizationToken", "BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage")
    role = make_role(client, f"{name}-pull", "ecs-tasks.amazonaws.com", allow(*(f"ecr:{action}" for action in pull)))

    stack.service(stack.push(), role=role)

    stopped = stack.stopped()
    task_id = stopped["taskArn"].rsplit("/", 1)[1]
    stream = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/{name}:log-stream:app/app/{task_id}"
    assert (stopped["stopCode"], stopped["stoppedReason"]) == (
        "TaskFailedToStart",
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        f"to create Cloudwatch log stream: AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}-pull"
        f"/{task_id} is not authorized to perform: logs:CreateLogStream on resource: {stream} because no "
        f"identity-based policy allows the logs:CreateLogStream action (log group /{name}) : exit status 1",
    )


def in_secrets_manager(client: Clients, name: str, key: str) -> str:
    return str(client("secretsmanager").create_secret(Name=name, SecretString="quiet", KmsKeyId=key)["ARN"])


def in_parameter_store(client: Clients, name: str, key: str) -> str:
    client("ssm").put_parameter(Name=f"/{name}", Type="SecureString", KeyId=key, Value="quiet")
    return f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{name}"


@pytest.mark.parametrize(
    ("keep", "action", "told"),
    [
        (
            in_secrets_manager,
            "secretsmanager:GetSecretValue",
            "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
            "SECRET from secrets manager: AccessDeniedException: Access to KMS is not allowed",
        ),
        (
            in_parameter_store,
            "ssm:GetParameters",
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: "
            "User: SESSION is not authorized to perform: kms:Decrypt on resource: KEY because no identity-based policy "
            "allows the kms:Decrypt action (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; "
            "Request ID: sandbox; Proxy: null)",
        ),
    ],
)
def test_a_secret_under_a_customers_key_needs_that_key(
    stack: Stack, client: Clients, name: str, keep: Callable[..., str], action: str, told: str
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    secret = keep(client, name, key)
    reads = allow(action, on=secret)
    role = make_execution_role(client, f"{name}-reads", reads)

    stack.service(stack.push(), role=role, secrets=[{"name": "KEY", "valueFrom": secret}])

    stopped = stack.stopped()
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}-reads/{stopped['taskArn'].rsplit('/', 1)[1]}"
    told = told.replace("SECRET", secret).replace("SESSION", who).replace("KEY", key)
    assert stopped["stoppedReason"].partition(" status code: ")[0] == (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        f"{told}"
    )
    client("iam").put_role_policy(
        RoleName=f"{name}-reads", PolicyName="own", PolicyDocument=policy(reads, allow("kms:Decrypt", on=key))
    )
    (task,) = stack.running()
    assert ask(task)["environment"]["KEY"] == "quiet"


# The hook's role ------------------------------------------------------------------------------------------------------

PUT = "codedeploy:PutLifecycleEventHookExecutionStatus"


def test_a_hook_that_may_not_answer_costs_the_hour_and_its_log_says_why(
    sandbox: Sandbox, client: Clients, stack: Stack, name: str
) -> None:
    made = Service(client, stack)
    made.hooked(VERDICT="Succeeded")
    client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    group = f"{GROUPS}:{name}/{name}"

    def may(*statements: Any) -> None:
        document = policy(WRITE_LOGS, JOIN_VPC, *statements)
        client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)

    def denials() -> list[str]:
        return [line.partition(" operation: ")[2].strip() for line in made.hook.lines() if " operation: User" in line]

    told = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{name} is not authorized to perform: {PUT} on resource: "
        f"{group} because no identity-based policy allows the {PUT} action"
    )
    may()
    deployment = made.release("two", {"BeforeAllowTraffic": name})
    until(denials, lambda found: found == [told])
    # The same again with policies that look as if they allowed it.
    event = next(line for line in made.hook.lines() if line.startswith("asked ")).removeprefix("asked ")
    for statement in (
        allow(f"{PUT}s", on=group),
        allow(PUT, on=f"{group}-2"),
        {"Effect": "Allow", "NotAction": "codedeploy:*", "Resource": "*"},
    ):
        may(statement)
        client("lambda").invoke(FunctionName=name, Payload=event)
    bound(client, name, policy(WRITE_LOGS, JOIN_VPC))
    may(allow(PUT, on=group))
    client("lambda").invoke(FunctionName=name, Payload=event)
    bounded = told.replace("no identity-based policy", "no permissions boundary")
    assert until(denials, lambda found: len(found) == 5) == [*[told] * 4, bounded]

    sandbox.forward(HOUR)

    failed = made.releases.reaches(deployment, "Failed")
    assert failed["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert diagnosed(made, deployment) == (
        "ScriptTimedOut",
        f"The hook of BeforeAllowTraffic, {name}, gave no answer within 3600 seconds.",
    )
    assert answer(made.url) == "one"


def bound(client: Clients, role: str, document: str) -> None:
    made = client("iam").create_policy(PolicyName=f"{role}-boundary", PolicyDocument=document)["Policy"]["Arn"]
    client("iam").put_role_permissions_boundary(RoleName=role, PermissionsBoundary=made)


def diagnosed(made: Service, deployment: str) -> tuple[str, str]:
    events = made.releases.target(deployment)["lifecycleEvents"]
    found = next(event["diagnostics"] for event in events if event["lifecycleEventName"] == "BeforeAllowTraffic")
    return found["errorCode"], found["message"]


# Ways around ----------------------------------------------------------------------------------------------------------


def fetched(url: str) -> int:
    return ask_url(url).status


def test_a_url_that_a_role_signed_is_worth_what_the_role_may_do_now(
    client: Clients, limited: Limited, name: str
) -> None:
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="x", Body=b"x")
    limited.may(allow("s3:GetObject", on=f"arn:aws:s3:::{name}/*"))
    url = limited.calls("s3").generate_presigned_url("get_object", Params={"Bucket": name, "Key": "x"})
    assert fetched(url) == 200

    limited.may(allow("s3:GetObject", on=f"arn:aws:s3:::{name}-2/*"))

    assert fetched(url) == 403


def test_the_session_of_a_role_that_is_gone_may_do_nothing(client: Clients, limited: Limited, name: str) -> None:
    client("s3").create_bucket(Bucket=name)
    limited.may(allow("ecs:ListClusters"))
    granted = {
        "Effect": "Allow",
        "Principal": {"AWS": arn_of_role(limited.name)},
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{name}",
    }
    client("s3").put_bucket_policy(Bucket=name, Policy=policy(granted))
    assert limited.calls("s3").list_objects_v2(Bucket=name)["KeyCount"] == 0

    client("iam").delete_role_policy(RoleName=limited.name, PolicyName="own")
    client("iam").delete_role(RoleName=limited.name)

    assert refused(limited.calls("s3").list_objects_v2, Bucket=name)[:2] == (403, "AccessDenied")
    assert refused(limited.calls("ecs").list_clusters)[:2] == (400, "AccessDeniedException")


@pytest.fixture
def signed(sandbox: Sandbox, limited: Limited) -> Callable[..., tuple[int, str]]:
    """A request with the role's credentials that no client of AWS's would send."""

    def send(service: str, query: str, body: str, **headers: str) -> tuple[int, str]:
        given = limited.calls.credentials
        scope = f"{given.access_key}/20260101/us-east-1/{service}/aws4_request"
        own = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=a, Signature=a",
            "X-Amz-Security-Token": given.token,
        }
        found = ask_url(f"{sandbox.facts['endpoint_url']}/{query}", "POST", body, **own, **headers)
        return found.status, found.body.decode()

    return send


JSON = {"Content_Type": "application/x-amz-json-1.1"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def test_a_call_is_judged_by_the_operation_that_it_makes(
    client: Clients, limited: Limited, name: str, signed: Callable[..., tuple[int, str]]
) -> None:
    """A second name, where AWS's protocols have none, does not lead to another operation."""
    limited.may(allow("ecs:ListClusters"), allow("iam:GetUser"))
    target = "AmazonEC2ContainerServiceV20141113.ListClusters"
    create = f"Action=CreateUser&Version=2010-05-08&UserName={name}-new"

    listed = signed(
        "ecs", "?Action=CreateCluster&clusterName=x", f'{{"clusterName": "{name}"}}', X_Amz_Target=target, **JSON
    )
    assert (listed[0], '"clusterArns"' in listed[1]) == (200, True)
    for query, more in (("?Action=GetUser&Version=2010-05-08", {}), ("", {"X_Amz_Target": "IAM.GetUser"})):
        status, answer = signed("iam", query, create, **FORM, **more)
        assert (status, "is not authorized to perform: iam:CreateUser" in answer) == (403, True)

    users = [user["UserName"] for user in client("iam").list_users()["Users"]]
    assert f"{name}-new" not in users
    assert client("ecs").describe_clusters(clusters=[name])["clusters"] == []


def test_a_call_is_judged_by_the_parameters_that_it_has(
    client: Clients, limited: Limited, name: str, signed: Callable[..., tuple[int, str]]
) -> None:
    for one in ("open", "closed"):
        client("secretsmanager").create_secret(Name=f"{name}-{one}", SecretString=f"a=b&Name={one}&c=d")
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-open-*"
    limited.may(allow("secretsmanager:GetSecretValue", on=arn))

    target = {"X_Amz_Target": "secretsmanager.GetSecretValue", **JSON}
    closed = f"SecretId={name}-closed"
    for query, noise in ((f"?{closed}", ""), ("", f"&{closed}&")):
        body = json.dumps({"SecretId": f"{name}-open", "VersionStage": "AWSCURRENT", "Noise": noise})
        status, answer = signed("secretsmanager", query, body, **target)
        assert (status, json.loads(answer)["SecretString"]) == (200, "a=b&Name=open&c=d")


def test_a_browsers_question_lists_no_buckets(sandbox: Sandbox) -> None:
    answer = ask_url(sandbox.facts["endpoint_url"] + "/", "OPTIONS", Origin="http://elsewhere")

    assert (answer.status, "<Code>AccessDenied</Code>" in answer.body.decode()) == (403, True)
