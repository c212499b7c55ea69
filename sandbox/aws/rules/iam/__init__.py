"""IAM: names, who may take a role, and what a policy may say."""

from sandbox.aws.rules.iam import policies, roles, trust

__all__ = ["policies", "roles", "trust"]
