"""Runs Lambda functions: the uploaded zip's ``bootstrap``, as a local process, through the Lambda Runtime API.

Only functions with an OS-only runtime (``provided.*``). One environment runs one invocation at a time and is kept warm;
concurrent invocations get an environment each. A function's time limit and deadline are real seconds at every
``--time-scale``, because its code does not run any faster; the waits between retries, an event's age and the life of
an idle environment are AWS's own, and are scaled.
"""
