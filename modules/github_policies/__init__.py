"""What the roles for GitHub's workflows may do.

Each statement names what environments are called, where AWS's permissions know names. Tests hold these policies against
the calls that the AWS provider and the release CLI make, and against AWS's Service Authorization Reference.
"""
