"""Runs the schedules of EventBridge's rules, by the sandbox's clock.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html. Targets that are Lambda functions
are invoked, as AWS does: asynchronously, and only where the function's own policy lets EventBridge. Others are not.
"""
