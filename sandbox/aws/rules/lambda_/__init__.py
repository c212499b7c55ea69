"""Lambda: functions and their code, where they run, and how they are invoked."""

from sandbox.aws.rules.lambda_ import functions, invocation, network

__all__ = ["functions", "invocation", "network"]
