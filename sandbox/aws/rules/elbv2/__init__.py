"""Elastic Load Balancing: load balancers and their attributes, listeners and their rules, target groups."""

from sandbox.aws.rules.elbv2 import actions, attributes, balancers, conditions, listeners, target_groups
from sandbox.aws.rules.elbv2.balancers import load_balancer_named
from sandbox.aws.rules.elbv2.listeners import listener_on, same_listener
from sandbox.aws.rules.elbv2.target_groups import target_group_named

__all__ = [
    "actions",
    "attributes",
    "balancers",
    "conditions",
    "listener_on",
    "listeners",
    "load_balancer_named",
    "same_listener",
    "target_group_named",
    "target_groups",
]
