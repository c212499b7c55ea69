"""IAM: names, who may take a role, who gives identities away, and what a policy may say."""

from sandbox.aws.rules.iam import federation, policies, providers, roles, trust

__all__ = ["federation", "policies", "providers", "roles", "trust"]
