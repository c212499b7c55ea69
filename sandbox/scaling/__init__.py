"""Application Auto Scaling: changes the desired count of ECS services.

`decision.py` is what target tracking decides: pure. `moto_state.py` reads targets, policies and services where moto
keeps them, and `service.py` acts on alarms and on bounds that were set. The alarms of a policy are made in
`sandbox.aws.target_tracking`.
"""
