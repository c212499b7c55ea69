"""What Greenlight claims about AWS, in a form that can be tried: on the sandbox, and on an account.

A probe (`probe.py`, `probes/`) is one request and what AWS answers to it, with the source of the claim. A scenario
(`scenarios/`) is a story of several requests, and the transcript that it gives. Both find what they need in `world.py`,
made through `account.py`, which writes every call down before it is sent (`ledger.py`). A process of its own,
`janitor.py`, removes all that was made (`undo.py`) when the run ends, however it ends. `__main__.py` is the run.
"""
