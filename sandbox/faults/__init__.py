"""Faults on the wire, switched on by ``python -m sandbox fault`` and by tests: of AWS's API and of the data plane.

`command.py` is the command, `desk.py` answers it in the running sandbox, `names.py` says whether what it names is
there, `switch.py` holds what is switched on. `calls.py` is what API calls meet, `codes.py` AWS's errors for that,
`wire.py` what requests meet between clients, load balancers and targets.
"""
