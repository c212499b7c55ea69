"""CloudWatch's metrics and alarms, and what they tell.

`store.py` keeps points by the minute; `requests.py` and `hosts.py` write those of load balancers. `mathematics.py` is
metric math and `evaluation.py` an alarm's decision: both pure. `series.py` gives the points of queries, `alarms.py` is
where moto keeps alarms. `service.py` evaluates them each minute, `actions.py` tells topics and the event bus.
`notifications.py` writes down what topics are told.
"""
