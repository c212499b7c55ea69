"""How a VPC's block is cut into subnets. Free of cdktf: the settings check a block against this."""

from ipaddress import IPv4Network

KINDS = ("public", "private", "isolated")
ZONE_LETTERS = "abcdef"
"""Each kind keeps room for all of these, so that adding a zone moves no existing subnet."""

SUBNETS = len(KINDS) * len(ZONE_LETTERS)
SUBNET_PREFIX = 24
VPC_PREFIXES = (16, 19)
"""From AWS's largest VPC to the smallest that has so many subnets."""


def letter(zone: str) -> str:
    """Names a zone's subnets, so that the order of zones in the settings does not matter."""
    return zone[-1]


def block(vpc: str, kind: str, zone: str) -> str:
    """The subnet of a kind in a zone, such as `block("10.0.0.0/16", "private", "us-east-1a")`."""
    place = KINDS.index(kind) * len(ZONE_LETTERS) + ZONE_LETTERS.index(letter(zone))
    return str(list(IPv4Network(vpc).subnets(new_prefix=SUBNET_PREFIX))[place])
