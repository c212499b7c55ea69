"""Who may do what: IAM, enforced on every call, and closed where the sandbox does not know.

    principals.py   whose a request's credentials are                     (access key -> Principal)
    needs/          what a call asks for: actions, on resources           (Call -> Needs; one file a service)
    policies.py     which policies speak for the principal and for the resource, as moto has them
    evaluate.py     AWS's evaluation logic, pure                          (Request + Policies -> Decision)
    gate.py         all of it in turn, around each call, and for what services do inside the process
    trust.py        who may become whom: AssumeRole, and services that take a role
    sessions.py     with whose credentials each part of the sandbox calls
    services.py     what AWS's services may do as themselves
    ledger.py       what was asked, by whom, and why it was decided so

A call that `needs` does not map, and a condition on a key that nobody fills, are denied to everyone but the account's
administrator, and `aws.log` says what is missing.
"""
