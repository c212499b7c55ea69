"""GitHub's workflows in an AWS account, without keys: who may plan, who may apply and who may release."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from modules.github_names import PATH, PROVIDER, GitHubNames
from modules.github_policies import boundary, changes, network, reads, registries, releases, services
from modules.iam import INLINE_LIMIT, MANAGED_LIMIT, Statement, characters, document
from modules.managed import Managed, ManagedRegistry

AUDIENCE = "sts.amazonaws.com"
HOUR = 3600
LIMITS = "to limit roles"


@dataclass(frozen=True, kw_only=True)
class GitHubProps:
    names: GitHubNames
    """What the roles and policies are called, and where."""

    stack: str
    """The account's own stack, which the role to plan may plan too."""

    state_bucket: str
    """The bucket with that stack's state."""

    environments: Managed
    """What the roles may plan, apply and release; at least one."""

    registries: Sequence[ManagedRegistry] = ()
    """What the roles may plan and apply too."""

    repository: str
    """As GitHub's subjects begin with it: `owner/name`, or `owner@id/name@id`."""

    branch: str
    """The branch that may apply."""

    apply_environments: Sequence[str]
    """The GitHub environments whose jobs may apply."""

    release_environments: Sequence[str]
    """The GitHub environments whose jobs may release."""


class GitHub(Construct):
    """One OIDC provider and three roles. Nothing here touches traffic.

    Each role is trusted for whole subjects, without wildcards. GitHub puts the environment into the subject of a job
    that has one, the pull request into that of one that runs for it, and else the branch. A pull request from a fork
    gets no token at all.
    """

    def __init__(self, scope: Construct, id: str, props: GitHubProps) -> None:
        super().__init__(scope, id)
        self._props, names = props, props.names
        # Without thumbprints: AWS trusts GitHub's certificate by its own authorities, and looks up what it records.
        provider = IamOpenidConnectProvider(self, "provider", url=f"https://{PROVIDER}", client_id_list=[AUDIENCE])
        self._provider_arn = provider.arn

        found = props.environments
        reading = reads.environment_reads(found)
        read_policy = self._policy("read", names.read_policy, "What a plan of an environment reads", reading)
        reading_services = services.reads(found)
        services_read_policy = self._policy(
            "services-read", names.services_read_policy, "What a plan reads of services", reading_services
        )
        both = {"reads": read_policy, "services-reads": services_read_policy}
        reading_registries, of_registries = registries.reads(props.registries), registries.changes(props.registries)
        if props.registries:
            both["registries-reads"] = self._policy(
                "registries-read", names.registries_read_policy, "What a plan reads of registries", reading_registries
            )
        limits = boundary.boundary(found)
        self._policy("boundary", names.boundary, "The most that an environment's roles may do", limits)

        own_reads = reads.own_reads(names, props.stack, props.state_bucket)
        plan = self._role("plan", names.plan_role, "Lets pull requests and drift checks plan", self._plan_subjects(), 1)
        self._allow("plan", plan, own_reads, both)

        subjects = self._in_environments(props.apply_environments)
        # From another branch a job could name the environment too, wherever nobody protects it.
        of_branch = {f"{PROVIDER}:ref": f"refs/heads/{props.branch}"}
        changing = changes.changes(found, names.boundary_arn)
        of_networks = network.changes(found)
        network_policy = self._policy("network", names.network_policy, "What an apply changes in networks", of_networks)
        of_services = services.changes(found)
        services_policy = self._policy(
            "services", names.services_policy, "What an apply changes of services", of_services
        )
        applying = {**both, "network": network_policy, "services": services_policy}
        if props.registries:
            applying["registries"] = self._policy(
                "registries", names.registries_policy, "What an apply changes of registries", of_registries
            )
        apply = self._role("apply", names.apply_role, "Lets reviewed plans be applied", subjects, 2, of_branch)
        self._allow("apply", apply, changing, applying)

        subjects = self._in_environments(props.release_environments)
        releasing = releases.releases(found)
        # A job on GitHub's runners ends after six hours, and with it whoever watches.
        release = self._role("release", names.release_role, "Lets releases be made and undone", subjects, 6)
        self._allow("release", release, releasing, {})

        self.plan_role_arn, self.apply_role_arn, self.release_role_arn = plan.arn, apply.arn, release.arn
        inline = {"to plan": own_reads, "to apply": changing, "to release": releasing}
        managed = {
            "to read": reading,
            "to read services": reading_services,
            "to read registries": reading_registries,
            "of networks": of_networks,
            "of services": of_services,
            "of registries": of_registries,
            LIMITS: limits,
        }
        self.too_large = [*_too_large(inline, INLINE_LIMIT), *_too_large(managed, MANAGED_LIMIT)]

    def _plan_subjects(self) -> list[str]:
        """A pull request's, and the branch's for a scheduled check."""
        return [
            f"repo:{self._props.repository}:pull_request",
            f"repo:{self._props.repository}:ref:refs/heads/{self._props.branch}",
        ]

    def _in_environments(self, environments: Sequence[str]) -> list[str]:
        return [f"repo:{self._props.repository}:environment:{name}" for name in environments]

    def _policy(self, id: str, name: str, description: str, statements: Sequence[Statement]) -> IamPolicy:
        return IamPolicy(self, id, name=name, path=PATH, description=description, policy=document(statements))

    def _role(
        self, id: str, name: str, description: str, subjects: list[str], hours: int, more: dict[str, str] | None = None
    ) -> IamRole:
        trust: Statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": self._provider_arn},
            "Condition": {"StringEquals": {f"{PROVIDER}:aud": AUDIENCE, f"{PROVIDER}:sub": subjects} | (more or {})},
        }
        return IamRole(
            self,
            f"{id}-role",
            name=name,
            path=PATH,
            description=description,
            assume_role_policy=document([trust]),
            max_session_duration=hours * HOUR,
        )

    def _allow(self, id: str, role: IamRole, statements: Sequence[Statement], more: dict[str, IamPolicy]) -> None:
        IamRolePolicy(self, f"{id}-policy", name="inline", role=role.name, policy=document(statements))
        for what, policy in more.items():
            IamRolePolicyAttachment(self, f"{id}-{what}", role=role.name, policy_arn=policy.arn)


def _too_large(policies: dict[str, list[Statement]], limit: int) -> Iterator[str]:
    """Why IAM would refuse a policy, if it would."""
    for what, statements in policies.items():
        size = characters(statements)
        if size > limit:
            named = "secret and task_policy of its environments" if what == LIMITS else "environment of the account"
            yield (
                f"the policy {what} has {size} characters and IAM allows {limit}: it names every {named}, so move some "
                "of them to another account"
            )
