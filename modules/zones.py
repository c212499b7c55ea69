"""Which availability zones a stack can use: by their ids, since a letter is another place in each account."""

import json
from collections.abc import Sequence

from cdktf import Precondition, TerraformLocal
from cdktf_cdktf_provider_aws.data_aws_availability_zones import DataAwsAvailabilityZones
from constructs import Construct

# Where API Gateway's VPC links (its guide, "Set up VPC links V2", availability by region) and Fargate for Linux (ECS's
# guide, "Supported Regions for Amazon ECS on AWS Fargate") are both to be had. Zones of other regions are not checked.
SUPPORTED_IDS = {
    "ap-east-1": ["ape1-az2", "ape1-az3"],
    "ap-northeast-1": ["apne1-az1", "apne1-az2", "apne1-az4"],
    "ap-northeast-2": ["apne2-az1", "apne2-az2", "apne2-az3"],
    "ap-south-1": ["aps1-az1", "aps1-az2", "aps1-az3"],
    "ap-southeast-1": ["apse1-az1", "apse1-az2", "apse1-az3"],
    "ap-southeast-2": ["apse2-az1", "apse2-az2", "apse2-az3"],
    "ca-central-1": ["cac1-az1", "cac1-az2"],
    "eu-central-1": ["euc1-az1", "euc1-az2", "euc1-az3"],
    "eu-north-1": ["eun1-az1", "eun1-az2", "eun1-az3"],
    "eu-south-2": ["eus2-az1", "eus2-az2", "eus2-az3"],
    "eu-west-1": ["euw1-az1", "euw1-az2", "euw1-az3"],
    "eu-west-2": ["euw2-az1", "euw2-az2", "euw2-az3"],
    "eu-west-3": ["euw3-az1", "euw3-az3"],
    "me-south-1": ["mes1-az1", "mes1-az2", "mes1-az3"],
    "sa-east-1": ["sae1-az1", "sae1-az2", "sae1-az3"],
    "us-east-1": ["use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"],
    "us-east-2": ["use2-az1", "use2-az2", "use2-az3"],
    "us-gov-west-1": ["usgw1-az1", "usgw1-az2", "usgw1-az3"],
    "us-west-1": ["usw1-az1", "usw1-az3"],
    "us-west-2": ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"],
}


def rules(scope: Construct, zones: Sequence[str]) -> list[Precondition]:
    """Fail the plan, by name, for a zone that this account does not have, or that has no VPC links or no Fargate.

    Only the account can say so: AWS would accept the subnets, and refuse what goes into them minutes later.
    """
    found = DataAwsAvailabilityZones(scope, "zones")
    known = f"data.aws_availability_zones.{found.friendly_unique_id}"
    ids = TerraformLocal(scope, "zone-ids", f"${{zipmap({known}.names, {known}.zone_ids)}}")
    id_of = f"local.{ids.friendly_unique_id}"
    wanted = [
        Precondition(
            condition=f'${{contains(keys({id_of}), "{zone}")}}',
            error_message=(
                f'network.availability_zones: this account has no zone {zone}; it has ${{join(", ", keys({id_of}))}}'
            ),
        )
        for zone in zones
    ]
    if supported := SUPPORTED_IDS.get(zones[0][:-1]):
        usable = json.dumps(supported)
        wanted += [
            Precondition(
                # One that is not there is the other rule's.
                condition=f'${{contains({usable}, lookup({id_of}, "{zone}", "{supported[0]}"))}}',
                error_message=(
                    f'network.availability_zones: {zone} is ${{lookup({id_of}, "{zone}", "unknown")}} in this account, '
                    "where API Gateway has no VPC links or ECS no Fargate; choose from "
                    f'${{join(", ", [for name, id in {id_of} : name if contains({usable}, id)])}}'
                ),
            )
            for zone in zones
        ]
    return wanted
