"""What the fake AWS has around the service: its network, its log groups, the deployment group's load balancer."""

import json
from typing import Any

from tests.greenlight.script import failure


class Surroundings:
    def __init__(self) -> None:
        self.desired = 2  # tasks of the service
        self.subnets: dict[str, dict[str, Any]] = {
            name: {"SubnetId": name, "AvailableIpAddressCount": 100} for name in ("subnet-1", "subnet-2", "subnet-3")
        }
        self.security_groups = ["sg-1"]
        self.log_groups = {"/ecs/dev/api"}
        self.group_is_gone = False
        self.manifests: dict[str, dict[str, Any]] = {}  # of images, by digest; others are not there
        self.pair: dict[str, Any] = {  # of the deployment group
            "targetGroups": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
            "prodTrafficRoute": {"listenerArns": ["arn:prod"]},
            "testTrafficRoute": {"listenerArns": ["arn:test"]},
        }

    def group_is_there(self) -> None:
        if self.group_is_gone:
            raise failure("DeploymentGroupDoesNotExistException")

    def ec2_DescribeSubnets(self, Filters: list[dict[str, Any]]) -> Any:  # noqa: N802, N803
        (asked,) = Filters
        return {"Subnets": [self.subnets[one] for one in asked["Values"] if one in self.subnets]}

    def ec2_DescribeSecurityGroups(self, Filters: list[dict[str, Any]]) -> Any:  # noqa: N802, N803
        (asked,) = Filters
        return {"SecurityGroups": [{"GroupId": one} for one in asked["Values"] if one in self.security_groups]}

    def logs_DescribeLogStreams(self, logGroupName: str, limit: int) -> Any:  # noqa: N802, N803
        assert limit == 1
        if logGroupName not in self.log_groups:
            raise failure("ResourceNotFoundException")
        return {"logStreams": []}

    def ecr_BatchGetImage(self, imageIds: list[dict[str, str]], **_: Any) -> Any:  # noqa: N802, N803
        found = [self.manifests[one["imageDigest"]] for one in imageIds if one["imageDigest"] in self.manifests]
        return {"images": [{"imageManifest": json.dumps(one)} for one in found]}

    def ecr_GetDownloadUrlForLayer(self, layerDigest: str, **_: Any) -> Any:  # noqa: N802, N803
        return {"downloadUrl": f"https://layers/{layerDigest}"}
