"""Who may reach whom: a connection is made only where security groups, routes and endpoints let it through.

model.py       a VPC as far as packets are concerned
reach.py       from one end to the other: open, or which hop lacks which rule or route   (pure)
replay.py      what the ledger keeps of it, read back, and the same without a piece        (pure)
moto_state.py  the VPCs of this moment, as moto has them
addresses.py   addresses in subnets, made up
ends.py        where things are: tasks, functions, load balancers, VPC links
gate.py        asks, writes it into the ledger and the log
door.py        calls of AWS's APIs that come in from a VPC
names.py       what people call the ends
why.py         `python -m sandbox why FROM TO:PORT`
place.py       `python -m sandbox place NAME`
needed.py      which rules, routes and endpoints a recording needed
"""
