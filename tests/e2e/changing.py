"""The environment whose settings are changed: two services, so that routes and ports have somewhere to go."""

BASE = """\
account: "123456789012"
region: us-east-1
architecture: native
network: {egress: nat-single}
tags: {team: changes}
services:
  api:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-green
    routes: [GET /one, GET /two]
    container: {stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    target_groups: {deregistration_delay_seconds: 5}
    environment: {DRAIN_SECONDS: "5"}
    deployment: {bake_minutes: 1}
  web:
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:print-blue
    routes: [GET /three]
    prod_port: 81
    test_port: 8081
    container: {stop_timeout_seconds: 15}
    request_timeout_seconds: 5
    desired_count: 1
    target_groups: {deregistration_delay_seconds: 5}
    environment: {DRAIN_SECONDS: "5"}
    deployment: {bake_minutes: 1}
"""
