"""EC2: each resource that a call names is asked for on its own.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html
"""

from __future__ import annotations

from sandbox.access.needs.ec2 import associations, endpoints, flow_logs, groups, plain, tags

__all__ = ["associations", "endpoints", "flow_logs", "groups", "plain", "tags"]
