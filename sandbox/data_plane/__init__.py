"""The data plane: real HTTP from an API's route to a task.

`server.py` listens; `api_gateway.py` takes a request from route to integration, `load_balancer.py` from listener to
target, `targets.py` makes the health checks, `metadata.py` answers tasks, `moto_state.py` is the only file that touches
moto.
"""
