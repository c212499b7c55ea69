"""In the team's own VPC: everything runs in its private subnets, and what does not fit is refused by the plan."""

from collections.abc import Callable, Iterator

import pytest

from tests.e2e import shop
from tests.e2e.harness import Environment
from tests.e2e.shop_network import BLOCK, TeamNetwork


def test_tasks_hooks_load_balancer_and_link_are_in_its_private_subnets(
    shop_environment: Environment, ground: shop.Ground
) -> None:
    wanted, client = set(ground.network.private[:2]), shop_environment.client
    ecs, functions = client("ecs"), client("lambda")
    (balancer,) = client("elbv2").describe_load_balancers(Names=["shop"])["LoadBalancers"]
    links = client("apigatewayv2").get_vpc_links()["Items"]
    tasks = ecs.describe_tasks(cluster="shop", tasks=ecs.list_tasks(cluster="shop")["taskArns"])["tasks"]
    of_tasks = {
        detail["value"]
        for task in tasks
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "subnetId"
    }

    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == wanted
    assert [set(link["SubnetIds"]) for link in links if link["Name"] == "shop-vpc-link"] == [wanted]
    for service in ("api", "orders"):
        hook = functions.get_function_configuration(FunctionName=f"shop-{service}-hook")
        assert set(hook["VpcConfig"]["SubnetIds"]) == wanted
    assert of_tasks
    assert of_tasks <= wanted
    assert balancer["VpcId"] == ground.network.vpc
    network = shop_environment.manifest()["network"]
    assert (network["cidr"], network["vpc_id"]) == (BLOCK, ground.network.vpc)


def with_subnets(*subnets: str) -> Callable[[str, TeamNetwork], str]:
    def change(settings: str, network: TeamNetwork) -> str:
        return settings.replace(", ".join(network.private[:2]), ", ".join(getattr(network, one) for one in subnets))

    return change


REFUSED: dict[str, tuple[Callable[[str, TeamNetwork], str], list[str]]] = {
    "subnets of another VPC, too small, or in a zone without VPC links": (
        with_subnets("of_another_vpc", "small", "without_vpc_links"),
        [
            "network.subnets: {private[0]}, {private[1]} cannot be taken out yet, because releases place tasks there. "
            "Three steps:",
            "network.subnets: {of_another_vpc} is not in {vpc}, whose subnets are ",
            "network.subnets: {small} has the block 10.0.101.0/28, and a load balancer needs a /27 or larger",
            "network.subnets: {without_vpc_links} is in us-east-1e, which is use1-az3, where API Gateway has no VPC "
            "links or ECS no Fargate; choose one in use1-az1, use1-az2, use1-az4, use1-az5, use1-az6",
        ],
    ),
    "subnets that are public, or have no way out": (
        with_subnets("public", "without_way_out"),
        [
            "network.subnets: {public} is public: rtb-",
            " leads 0.0.0.0/0 to igw-",
            "network.subnets: {without_way_out} has no route to 0.0.0.0/0 in rtb-",
            "so that each release fails after an hour",
        ],
    ),
    "two subnets of one zone": (
        lambda settings, network: settings.replace(network.private[1], network.public),
        ["network.subnets: each must be in another zone, got {private[0]} in us-east-1a, {public} in us-east-1a"],
    ),
    "endpoints that the VPC does not have": (
        lambda settings, _: settings.replace("network: {", "network: {egress: endpoints, "),
        [
            f"with data.aws_vpc_endpoint.network_endpoint-{service}_"
            for service in ("codedeploy", "ecr-api", "ecr-dkr", "elasticloadbalancing", "logs", "s3")
        ]
        + ["network.vpc_id: {vpc} has DNS hostnames off, without which endpoints have no private names"],
    ),
    "a VPC of its own": (
        lambda settings, network: settings.replace(
            f"vpc_id: {network.vpc}, subnets: [{', '.join(network.private[:2])}]", f"cidr: {BLOCK}"
        ),
        [
            "network.vpc_id: the environment is deployed in {vpc} and cannot move to a VPC of its own. Take the change "
            "back. Two steps to another network: deploy a second environment with it and move your clients there; then "
            "destroy this one"
        ],
    ),
}


@pytest.fixture(scope="module")
def changed(shop_environment: Environment, ground: shop.Ground) -> Iterator[Environment]:
    yield shop_environment
    shop_environment.synth(shop.settings(ground))


@pytest.mark.parametrize("change", REFUSED)
def test_a_network_that_does_not_fit_is_refused_by_the_plan_by_name(
    changed: Environment, ground: shop.Ground, change: str
) -> None:
    alter, reasons = REFUSED[change]
    settings = shop.settings(ground)
    other = alter(settings, ground.network)
    assert other != settings
    changed.synth(other)
    # What is looked up is read all the same.
    plan = changed.terraform("plan", "-input=false", "-refresh=false")

    assert plan.wait() == 1
    said = " ".join(plan.output.split())  # Terraform breaks lines where it likes
    wanted = [reason.format(**vars(ground.network)) for reason in reasons]
    assert [reason for reason in wanted if reason not in said] == [], said


def test_nothing_of_the_network_itself_is_managed(shop_environment: Environment) -> None:
    listed = shop_environment.terraform("state", "list").succeed().splitlines()
    kinds = {address.partition(".")[0] for address in listed}

    assert "aws_security_group" in kinds
    assert (
        kinds & {"aws_vpc", "aws_subnet", "aws_route", "aws_route_table", "aws_vpc_endpoint", "aws_flow_log"} == set()
    )
