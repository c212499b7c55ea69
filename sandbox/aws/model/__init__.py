"""Requests against AWS's own service models (botocore's): required members, types, lengths, ranges, patterns, enums.

moto reads what it looks for and passes over the rest, so a name that is too long or a number out of range is first
refused on AWS. What the models lack is in `sandbox.aws.rules`.
"""
