"""ECS: services, task definitions and tasks as CodeDeploy and its clients need them."""
