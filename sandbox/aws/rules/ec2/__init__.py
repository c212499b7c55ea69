"""EC2: security groups, networks, endpoints and tags, and what is still in use."""

from sandbox.aws.rules.ec2 import endpoints, groups, in_use, networks, tags

__all__ = ["endpoints", "groups", "in_use", "networks", "tags"]
