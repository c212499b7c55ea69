"""ECS: what a task may be, and what a cluster and a service need."""

from sandbox.aws.rules.ecs import containers, fargate, logging, secrets, services, tasks, volumes

__all__ = ["containers", "fargate", "logging", "secrets", "services", "tasks", "volumes"]
