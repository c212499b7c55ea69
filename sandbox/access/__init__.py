"""Who may do what: IAM, enforced on every call, and closed where the sandbox does not know.

    model.py        the words: Principal, Need, Policies, Request, Decision
    principals.py   whose a request's credentials are                     (access key -> Principal)
    needs/          what a call asks for: actions, on resources           (Call -> Needs; one file a service)
    reference.py    which actions, resources and condition keys there are, by AWS's reference
    policies.py     which policies speak for the principal, as moto has them; resource_policies.py: for the resource
    evaluate.py     AWS's evaluation logic, pure                          (Request + Policies -> Decision)
                    statements.py, conditions.py, patterns.py: a policy's elements, from the whole to its texts
    gate.py         all of it in turn, around each call, and for what services do inside the process
    denials.py      how a denial reads, by the service
    roles.py        roles as moto has them; trust.py: who may become whom
    sessions.py     with whose credentials each part of the sandbox calls
    services.py     what AWS's services may do as themselves
    ledger.py       what was asked, by whom, and why it was decided so; recording.py reads it back
    report.py       `python -m sandbox permissions`
    replay.py       which permissions a recording needed

A call that `needs` does not map, and a condition on a key that nobody fills, are denied to everyone but the account's
administrator, and `aws.log` says what is missing.
"""
