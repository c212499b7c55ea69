"""The ECS scheduler: keeps each service's task sets at their desired count, with local processes as tasks.

`service.py` is the reconcile loop, in which `replacement.py` and `throttle.py` decide; `task.py` is one task's life,
`container.py` one container of it, `process.py` starts a process that cannot outlive the sandbox, `moto_state.py` is
the only file that touches moto.
"""
