import pytest

from .conftest import MINIMAL, Loaded, Mistakes

ECR = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1"


def network(keys: str, region: str = "eu-west-1") -> str:
    return MINIMAL.replace("region: eu-west-1", f"region: {region}") + f"network: {{{keys}}}\n"


def test_without_nat_image_logs_and_hook_have_the_endpoints_they_need(loaded: Loaded) -> None:
    assert loaded(network("egress: endpoints, endpoints: [secretsmanager]")).interface_endpoints == [
        "codedeploy",
        "ecr.api",
        "ecr.dkr",
        "elasticloadbalancing",
        "logs",
        "secretsmanager",
    ]


def test_without_nat_load_balancing_has_an_endpoint_only_if_a_hook_asks_it(loaded: Loaded) -> None:
    text = MINIMAL + "    hook: {identity: header}\nnetwork: {egress: endpoints}\n"

    assert loaded(text).interface_endpoints == ["codedeploy", "ecr.api", "ecr.dkr", "logs"]


def test_with_nat_only_the_endpoints_asked_for_are_there(loaded: Loaded) -> None:
    assert loaded(network("endpoints: [ecr.api]")).interface_endpoints == ["ecr.api"]


def test_an_endpoint_that_is_needed_anyway_may_be_asked_for(loaded: Loaded) -> None:
    assert "ecr.api" in loaded(network("egress: endpoints, endpoints: [ecr.api]")).interface_endpoints


@pytest.mark.parametrize(
    "image",
    [
        "nginx:latest",
        "111111111111.dkr.ecr.us-east-1.amazonaws.com/api:v1",
        "111111111111.dkr-ecr.eu-west-1.on.aws/api:v1",
        "111111111111.dkr.ecr-fips.eu-west-1.amazonaws.com/api:v1",
        "public.ecr.aws/nginx/nginx:1",
    ],
)
def test_without_nat_an_image_that_no_endpoint_serves_is_refused(mistakes: Mistakes, image: str) -> None:
    assert mistakes(network("egress: endpoints").replace(ECR, image)) == [
        "services.api.image: with network.egress endpoints the image must be in private ECR in eu-west-1, under its "
        f"name <account>.dkr.ecr.eu-west-1.amazonaws.com, which is all that can be reached, got {image}"
    ]


@pytest.mark.parametrize(
    ("service", "problem"),
    [
        ("s3", "s3 is there already, as a gateway endpoint, which costs nothing"),
        ("s3express", "s3express has gateway endpoints only, and interface endpoints are what is made here"),
        ("dynamodb", "dynamodb has no private DNS name for interface endpoints, which they are made with here"),
        (
            "com.amazonaws.eu-west-1.ecr.api",
            "leave out what stands before the service, as in ecr.api; got 'com.amazonaws.eu-west-1.ecr.api'",
        ),
        *(
            (
                service,
                "must be a service as in com.amazonaws.<region>.<service>, such as ecr.api or secretsmanager, "
                f"got {service!r}",
            )
            for service in ("ecr", "security-group", "https-from-vpc", "ECR.api", "ecr api", "ecr..api", "", "${x}")
        ),
    ],
)
def test_what_cannot_be_an_interface_endpoint_is_refused(mistakes: Mistakes, service: str, problem: str) -> None:
    assert mistakes(network(f'endpoints: ["{service}"]')) == [f"network: endpoints: {problem}"]


@pytest.mark.parametrize(("services", "twice"), [("[logs, logs]", "['logs']"), ("[ecr-api, ecr.api]", "['ecr-api']")])
def test_an_endpoint_asked_for_twice_is_refused(mistakes: Mistakes, services: str, twice: str) -> None:
    assert mistakes(network(f"endpoints: {services}")) == [
        f"network: endpoints has one service more than once: {twice}"
    ]


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.31.0.0/19", "192.168.0.0/16", "100.64.0.0/18"])
def test_a_private_block_with_room_for_all_subnets_is_accepted(loaded: Loaded, cidr: str) -> None:
    assert loaded(network(f"cidr: {cidr}")).network.cidr == cidr


@pytest.mark.parametrize(
    ("cidr", "problem"),
    [
        ("10.0.0.0/20", "must be from /16 to /19: it is cut into 18 subnets of /24, got 10.0.0.0/20"),
        ("10.0.0.0/8", "must be from /16 to /19: it is cut into 18 subnets of /24, got 10.0.0.0/8"),
        ("10.0.0.0/255.255.0.0", "must be written as 10.0.0.0/16, got '10.0.0.0/255.255.0.0'"),
        ("10.0.1.0/16", "must be an IPv4 block such as 10.0.0.0/16, got '10.0.1.0/16': 10.0.1.0/16 has host bits set"),
        (
            "8.8.0.0/16",
            "must be in one of the private blocks 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, "
            "got 8.8.0.0/16",
        ),
    ],
)
def test_a_block_that_is_no_vpcs_is_refused(mistakes: Mistakes, cidr: str, problem: str) -> None:
    assert mistakes(network(f'cidr: "{cidr}"')) == [f"network: cidr {problem}"]


def test_a_network_has_a_name_that_aws_does_not_keep_for_itself(mistakes: Mistakes) -> None:
    assert mistakes(network('name: "AWS:x"')) == [
        "network: name must not begin with aws:, which AWS keeps for itself, got 'AWS:x'"
    ]


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-central-1"])
def test_zones_a_and_b_are_the_default_where_every_account_has_them(loaded: Loaded, region: str) -> None:
    assert loaded(network("", region)).availability_zones == [f"{region}a", f"{region}b"]


@pytest.mark.parametrize(
    "region", ["ap-northeast-1", "us-west-1", "sa-east-1", "us-gov-west-1", "eu-central-2", "eu-west-3"]
)
def test_elsewhere_the_zones_are_asked_for(mistakes: Mistakes, region: str) -> None:
    assert mistakes(network("", region).replace(ECR, "nginx")) == [
        f"network.availability_zones is required in {region}, where not every account can use zones a and b: "
        f"`aws ec2 describe-availability-zones --region {region}` lists yours"
    ]


def test_zones_that_are_given_are_used(loaded: Loaded) -> None:
    text = network("availability_zones: [ap-northeast-1a, ap-northeast-1c, ap-northeast-1d]", "ap-northeast-1")

    assert loaded(text).availability_zones == ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]


LISTING = "`aws ec2 describe-availability-zones --region eu-west-1` lists yours"


@pytest.mark.parametrize(
    ("zones", "problem"),
    [
        ("eu-west-1a, us-east-1b", f"must be like eu-west-1a, got ['us-east-1b']; {LISTING}"),
        ("euw1-az1, euw1-az2", f"must be like eu-west-1a, got ['euw1-az1', 'euw1-az2']; {LISTING}"),
        ("eu-west-1a", "must be 2 to 6 different zones (a load balancer needs two), got ['eu-west-1a']"),
        ('"a\\nb"', "must be 2 to 6 different zones (a load balancer needs two), got ['a\\nb']"),
        (
            "eu-west-1a, eu-west-1a",
            "must be 2 to 6 different zones (a load balancer needs two), got ['eu-west-1a', 'eu-west-1a']",
        ),
    ],
)
def test_zones_that_are_not_the_regions_are_refused(mistakes: Mistakes, zones: str, problem: str) -> None:
    assert mistakes(network(f"availability_zones: [{zones}]")) == [f"network.availability_zones {problem}"]


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("us-eats-1", "must be a region of AWS, got 'us-eats-1'; did you mean us-east-1?"),
        ("us-east-1a", "must be a region of AWS, got 'us-east-1a'; did you mean us-east-1?"),
        ("EU-WEST-1", "must be a region of AWS, got 'EU-WEST-1'; such as us-east-1"),
        ("aws-global", "must be a region of AWS, got 'aws-global'; such as us-east-1"),
        ("cn-north-1", "cn-north-1 is in AWS's partition aws-cn, where Greenlight has not been tried"),
        ("us-iso-east-1", "us-iso-east-1 is in AWS's partition aws-iso, where Greenlight has not been tried"),
    ],
)
def test_a_region_is_one_that_aws_has(mistakes: Mistakes, region: str, problem: str) -> None:
    assert mistakes(MINIMAL.replace("eu-west-1\n", f"{region}\n", 1)) == [f"region: {problem}"]


TEAM = "vpc_id: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]"


def test_the_teams_vpc_needs_nothing_but_its_subnets(loaded: Loaded) -> None:
    settings = loaded(network(TEAM, "ap-northeast-1"))  # where no two zones are every account's

    assert (settings.availability_zones, settings.interface_endpoints) == ([], [])


def test_the_teams_vpc_may_have_endpoints_instead_of_a_way_out(loaded: Loaded) -> None:
    needed = ["codedeploy", "ecr.api", "ecr.dkr", "elasticloadbalancing", "logs"]

    assert loaded(network(f"{TEAM}, egress: endpoints")).interface_endpoints == needed


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("name: shared", "name cannot be given with vpc_id: the VPC has its name"),
        ("cidr: 10.0.0.0/16", "cidr cannot be given with vpc_id: the VPC has its block"),
        (
            "availability_zones: [eu-west-1a, eu-west-1b]",
            "availability_zones cannot be given with vpc_id: the zones are those of subnets",
        ),
        (
            "endpoints: [logs]",
            "endpoints cannot be given with vpc_id: the VPC's endpoints are its owner's, and it can have one a service "
            "with a private name",
        ),
        (
            "egress: nat-single",
            "egress with vpc_id must be endpoints, where the VPC has endpoints instead of a way out, or left out, "
            "where each subnet has a default route; got nat-single",
        ),
    ],
)
def test_what_makes_a_vpc_is_refused_beside_the_teams(mistakes: Mistakes, key: str, why: str) -> None:
    assert mistakes(network(f"{TEAM}, {key}")) == [f"network: {why}"]


@pytest.mark.parametrize("subnets", ["", "subnet-01234567", "subnet-01234567, subnet-01234567"])
def test_the_teams_vpc_needs_a_subnet_in_two_zones(mistakes: Mistakes, subnets: str) -> None:
    given = [one for one in subnets.split(", ") if one]

    assert mistakes(network(f"vpc_id: vpc-0123456789abcdef0, subnets: [{subnets}]")) == [
        "network: subnets must be 2 to 6 different subnets of vpc_id, one a zone (a load balancer needs two), "
        f"got {given}"
    ]


def test_ids_are_those_of_ec2(mistakes: Mistakes) -> None:
    assert mistakes(network("vpc_id: shared, subnets: [subnet-01234567, subnet-0123456789]")) == [
        "network.vpc_id: must be the id of a VPC, such as vpc-0123456789abcdef0, got 'shared'",
        "network.subnets.1: must be the id of a subnet, such as subnet-0123456789abcdef0, got 'subnet-0123456789'",
    ]


def test_subnets_without_their_vpc_are_refused(mistakes: Mistakes) -> None:
    assert mistakes(network("subnets: [subnet-01234567, subnet-89abcdef]")) == [
        "network: subnets are those of vpc_id, which is missing"
    ]


def test_what_tasks_are_leaving_is_one_of_the_zones_or_subnets(mistakes: Mistakes) -> None:
    zones = "availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]"

    assert mistakes(network(f"{zones}, leaving: [eu-west-1d]")) == [
        "network.leaving must be some of network.availability_zones, which keeps them until no task is left in them, "
        "got ['eu-west-1d']"
    ]
    assert mistakes(network(f"{TEAM}, leaving: [eu-west-1a]")) == [
        "network.leaving must be some of network.subnets, which keeps them until no task is left in them, "
        "got ['eu-west-1a']"
    ]


def test_two_zones_stay_when_one_is_left(mistakes: Mistakes, loaded: Loaded) -> None:
    zones = "availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]"

    assert loaded(network(f"{zones}, leaving: [eu-west-1c]")).network.leaving == ["eu-west-1c"]
    assert mistakes(network("leaving: [eu-west-1b]")) == [
        "network.leaving must leave two of network.availability_zones (a load balancer needs two): add another first, "
        "got ['eu-west-1b'] of ['eu-west-1a', 'eu-west-1b']"
    ]
