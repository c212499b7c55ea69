"""How a VPC's CIDR block is divided into subnets. Does not import cdktf: the settings validate blocks with it."""

from ipaddress import IPv4Network

KINDS = ("public", "private", "isolated")
ZONE_LETTERS = "abcdef"
"""Each kind reserves a subnet for each letter, so adding a zone does not move existing subnets."""

SUBNETS = len(KINDS) * len(ZONE_LETTERS)
SUBNET_PREFIX = 24
VPC_PREFIXES = (16, 19)
"""Prefix lengths of the largest VPC that AWS allows, and of the smallest with room for all subnets."""


def letter(zone: str) -> str:
    """Identifies a zone's subnets, so that the order of zones in the settings does not matter."""
    return zone[-1]


def block(vpc: str, kind: str, zone: str) -> str:
    """CIDR block of one subnet: `block("10.0.0.0/16", "private", "us-east-1a")` is "10.0.6.0/24"."""
    place = KINDS.index(kind) * len(ZONE_LETTERS) + ZONE_LETTERS.index(letter(zone))
    return str(list(IPv4Network(vpc).subnets(new_prefix=SUBNET_PREFIX))[place])
