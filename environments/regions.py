"""The regions there are, and where their zones' letters are sure."""

import json
import re
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from environments.shown import shown
from modules.subnets import ZONE_LETTERS

_TRIED = ("aws", "aws-us-gov")
# Where every account has zones a and b: AWS maps letters alike for all accounts in its younger regions, and where it
# does not (us-east-1, us-west-2, eu-west-1, ap-southeast-1 and -2), all but the oldest accounts have them, and those
# learn from the plan which zones they have. Not here are regions that show some accounts fewer zones (ap-northeast-1,
# us-west-1), eu-west-3, whose b is euw3-az2 and has no VPC links, and those that nobody has looked up.
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html
ZONES_A_AND_B = (
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)


@cache
def _partitions() -> dict[str, str]:
    """Region -> partition, as boto3 knows them; a newer boto3 knows newer regions."""
    # Not by botocore's loader: importing that takes as long as all settings together.
    found = json.loads((files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8"))
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
    """The zones to use: `given`, or a and b where every account has them. Raises ValueError."""
    listing = f"`aws ec2 describe-availability-zones --region {region}` lists yours"
    if not given:
        if region not in ZONES_A_AND_B:
            raise ValueError(f"is required in {region}, where not every account can use zones a and b: {listing}")
        return [f"{region}a", f"{region}b"]
    if len(set(given)) != len(given) or not 2 <= len(given) <= len(ZONE_LETTERS):
        raise ValueError(
            f"must be 2 to {len(ZONE_LETTERS)} different zones (a load balancer needs two), got {shown(given)}"
        )
    if wrong := [zone for zone in given if not re.fullmatch(f"{region}[{ZONE_LETTERS}]", zone)]:
        raise ValueError(f"must be like {region}a, got {shown(wrong)}; {listing}")
    return given
