"""CloudWatch: metrics and alarms that `sandbox.watching` keeps and evaluates."""
