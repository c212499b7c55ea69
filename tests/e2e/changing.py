"""The environment whose settings are changed: two services, so that routes and ports have somewhere to go.

`BASE` is what the recorded plans are made of (tests/plans); `DEPLOYED` is it with a network of its own name and block.
"""

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

DEPLOYED = BASE.replace("egress: nat-single", "egress: nat-single, cidr: 10.16.0.0/16, name: crossroads")

TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"
"""Of the team's own."""

TAGGED = DEPLOYED.replace("tags: {team: changes}", f"tags: {{crew: changes}}\nnotify: {{topic: '{TOPIC}'}}")
"""Another tag of all resources, which takes Terraform longer than any other change: made once, and kept."""

CONFIG = "half-for-a-minute"
"""A deployment configuration of the team's own."""

WEB = TAGGED[TAGGED.index("  web:") :]
SITE = (
    WEB.replace("  web:", "  site:")
    .replace("prod_port: 81", "prod_port: 82")
    .replace("test_port: 8081", "test_port: 8082")
    .replace("{bake_minutes: 1}", f"{{bake_minutes: 1, config: {CONFIG}}}")
)
RENAMED = TAGGED.removesuffix(WEB) + SITE


def networked(egress: str, zones: str, leaving: str = "") -> str:
    """The settings with the renamed service, in these zones of us-east-1, with this way out and ECR's endpoint."""
    names, going = (", ".join(f"us-east-1{zone}" for zone in letters) for letters in (zones, leaving))
    network = f"egress: {egress}, availability_zones: [{names}], leaving: [{going}], endpoints: [ecr.api]"
    return RENAMED.replace("egress: nat-single", network)
