"""The regions there are, and where their zones' letters are sure."""

import re
from difflib import get_close_matches
from functools import cache

from botocore.loaders import create_loader

from environments.shown import shown

_TRIED = ("aws", "aws-us-gov")
# The zones to use where none are given. Regions opened since November 2012 map letters alike in all accounts, such as
# eu-west-3, whose zone b has no VPC links. In older ones (us-east-1, us-west-2, eu-west-1, ap-southeast-1 and -2) all
# but old accounts have a and b, and for those the plan names the zones they have. Not here are regions that show many
# accounts fewer zones (ap-northeast-1, us-west-1, sa-east-1), and those that nobody has looked up.
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html
DEFAULT_ZONES = {
    "ap-south-1": "ab",
    "ap-southeast-1": "ab",
    "ap-southeast-2": "ab",
    "ca-central-1": "ab",
    "eu-central-1": "ab",
    "eu-north-1": "ab",
    "eu-west-1": "ab",
    "eu-west-2": "ab",
    "eu-west-3": "ac",
    "us-east-1": "ab",
    "us-east-2": "ab",
    "us-west-2": "ab",
}


@cache
def _partitions() -> dict[str, str]:
    """Region -> partition, as boto3 knows them; a newer boto3 knows newer regions."""
    found = create_loader().load_data("partitions")
    return {
        region: partition["id"]
        for partition in found["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }


def region(given: str) -> str:
    """`given`, where it is a region that Greenlight is made for. Raises ValueError."""
    partition = _partitions().get(given)
    if partition in _TRIED:
        return given
    if partition:
        raise ValueError(f"{given} is in AWS's partition {partition}, where Greenlight has not been tried")
    raise ValueError(f"must be a region of AWS, got {shown(given)}; {_hint(given)}")


def reachable(other: str, region: str) -> None:
    """Whether `region` can use what is in `other`: credentials end with a partition. Raises ValueError."""
    partition = _partitions().get(other)
    if not partition:
        raise ValueError(f"must be in a region of AWS, got {shown(other)}; {_hint(other)}")
    if partition != _partitions()[region]:
        raise ValueError(f"must be in the partition of {region}, got {other}, which is in {partition}")


def _hint(given: str) -> str:
    known = [name for name, partition in _partitions().items() if partition in _TRIED]
    close = get_close_matches(given, known, n=1)
    return f"did you mean {close[0]}?" if close else "such as us-east-1"


def zones(given: list[str], region: str) -> list[str]:
    """The zones to use: `given`, or those of DEFAULT_ZONES. Raises ValueError."""
    listing = f"`aws ec2 describe-availability-zones --region {region}` lists yours"
    if not given:
        if region not in DEFAULT_ZONES:
            raise ValueError(
                f"is required in {region}, where not every account is sure to have zones a and b: {listing}"
            )
        return [f"{region}{letter}" for letter in DEFAULT_ZONES[region]]
    if len(set(given)) != len(given) or not 2 <= len(given) <= 6:
        raise ValueError(f"must be 2 to 6 different zones (a load balancer needs two), got {shown(given)}")
    if wrong := [zone for zone in given if not re.fullmatch(f"{region}[a-f]", zone)]:
        raise ValueError(f"must be like {region}a, got {shown(wrong)}; {listing}")
    return given
