"""CodeDeploy's blue/green engine for ECS: `deployment.py` is the state machine; what it works with is beside it."""
