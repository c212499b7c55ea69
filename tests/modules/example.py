"""The service `api` of the environment `dev`, as its parts know of each other: each test is of one of them."""

from modules.api import ApiAttributes, PublishedRoutes
from modules.cluster import ClusterAttributes
from modules.deployment import DeploymentAttributes
from modules.hook import HookAttributes
from modules.inputs import Container, ReleaseSettings, TargetGroups, Task
from modules.leaving import Places
from modules.load_balancer import LoadBalancerAttributes
from modules.location import Location
from modules.names import ServiceId
from modules.network import PrivateNetwork
from modules.security_groups import Placement
from modules.service import ServiceAttributes
from modules.traffic import FirstTarget, Listener, TargetGroup, TrafficRoutes

LOCATION = Location(account="111111111111", region="eu-west-1")
SERVICE = ServiceId(environment="dev", key="api", location=LOCATION)
IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/api:print-green"

PLACES = Places(subnet_ids=["subnet-1", "subnet-2"], zones=["eu-west-1a", "eu-west-1b"])
NETWORK = PrivateNetwork(
    vpc_id="vpc-1",
    vpc_cidr="10.0.0.0/16",
    subnet_ids=["subnet-1", "subnet-2"],
    places=PLACES,
    route_table_ids=["rtb-1"],
    ways_out=[],
)
PLACEMENT = Placement(
    vpc_cidr="10.0.0.0/16", subnet_ids=["subnet-1", "subnet-2"], places=PLACES, security_group_id="sg-1", ways_out=[]
)
API = ApiAttributes(id="api-1", vpc_link_id="link-1", endpoint="https://api")
PUBLISHED = PublishedRoutes(url="https://api", keys=["GET /one"], vpc_link_id="0123456789")
CLUSTER = ClusterAttributes(arn="arn:cluster", name="dev")
LOAD_BALANCER = LoadBalancerAttributes(arn="arn:lb", arn_suffix="app/dev/0123", dns_name="alb")
TARGET_GROUPS = TargetGroups(blue="dev-api-blue", green="dev-api-green")
ROUTES = TrafficRoutes(
    load_balancer=LOAD_BALANCER,
    prod=Listener(arn="arn:prod", port=80),
    test=Listener(arn="arn:test", port=8080),
    blue=TargetGroup(name="dev-api-blue", arn="arn:blue", arn_suffix="targetgroup/dev-api-blue/b1"),
    green=TargetGroup(name="dev-api-green", arn="arn:green", arn_suffix="targetgroup/dev-api-green/b2"),
)
FIRST_TARGET = FirstTarget(target_group_arn="arn:blue", listeners=[])
TASK = Task(family="dev-api", image=IMAGE, architecture="arm64", container=Container(name="api"))
RUNNING = ServiceAttributes(
    cluster_name="dev",
    name="dev-api",
    task=TASK,
    task_definition_arn="arn:task-definition",
    role_arns=["arn:execution", "arn:task"],
    log_group_name="/ecs/dev/api",
    placement=PLACEMENT,
)
HOOK = HookAttributes(arn="arn:hook", log_group_name="/aws/lambda/dev-api-hook")
DEPLOYMENT = DeploymentAttributes(
    application="dev-api",
    group="dev-api",
    config="CodeDeployDefault.ECSAllAtOnce",
    settings=ReleaseSettings(),
    alarms=[],
    releasable=[],
)
