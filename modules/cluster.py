"""The ECS cluster of an environment."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ClusterProps:
    name: str
    """Unique in its account and region. A change replaces the cluster and every service in it."""


@dataclass(frozen=True, kw_only=True)
class ClusterAttributes:
    arn: str
    name: str


class Cluster(Construct):
    """Groups the environment's services; Container Insights is on, so that CPU and memory are there when asked for."""

    def __init__(self, scope: Construct, id: str, props: ClusterProps) -> None:
        super().__init__(scope, id)
        cluster = EcsCluster(
            self, "cluster", name=props.name, setting=[EcsClusterSetting(name="containerInsights", value="enabled")]
        )
        self.attributes = ClusterAttributes(arn=cluster.arn, name=props.name)
