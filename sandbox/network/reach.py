"""From one end of a connection to the other: pure, so that what was found once can be found again without a rule.

Security groups are stateful: an answer needs no rule
(https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html). The longest prefix wins among routes
(https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html), also where it leads into a black hole
(https://basavytix.com/blog/aws-route-blackhole; AWS's pages do not say). A name has the addresses of an interface
endpoint only where its private DNS is on and the VPC has both DNS attributes
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html); then the endpoint is the only way,
also where its groups let nobody in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address, ip_network

from sandbox.access.model import Place
from sandbox.network.model import AwsApi, Blocked, Endpoint, Internet, Path, Route, Rule, World

ANYWHERE = IPv4Network("0.0.0.0/0")
"""Where the internet is: a public name may have any address, so rules and routes have to take them all."""


class _Closed(Exception):  # noqa: N818
    def __init__(self, hop: str, missing: str):
        super().__init__(f"{hop} lacks {missing}")
        self.blocked = Blocked(hop, missing)


@dataclass(frozen=True)
class _Peer:
    """The other end of a connection, as a security group or a route table sees it."""

    label: str
    blocks: tuple[IPv4Network, ...]
    groups: tuple[str, ...] = ()
    prefix_list: str | None = None


def way(world: World, source: Place | Internet, target: Place | AwsApi | Internet, port: int) -> Path | Blocked:
    """Whether a TCP connection from the source to this port is made. One of the two ends is a Place."""
    try:
        if isinstance(source, Internet):
            assert isinstance(target, Place)
            return Path(_from_internet(world, source, target, port))
        if isinstance(target, Place):
            return Path(_to_place(world, source, target, port))
        if isinstance(target, Internet):
            return Path(_to_internet(world, source, _Peer(target.host, (_block(target.host),)), port))
        return _to_api(world, source, target, port)
    except _Closed as closed:
        return closed.blocked


# Inside a VPC ---------------------------------------------------------------------------------------------------------


def _to_place(world: World, source: Place, target: Place, port: int) -> tuple[str, ...]:
    if source.vpc != target.vpc:
        raise _Closed(
            f"{source.vpc} of {source.name}", f"a way to {target.vpc} of {target.name} (the sandbox has no peering)"
        )
    there, back = _peer(target), _peer(source)
    leaves = _rule(world, source, "egress", there, port)
    route = _route(world, source.subnet, there)
    if route.target != "local":
        raise _Closed(f"route table {route.table} of {source.name}", f"the local route to {target.address}")
    return (leaves.id, route.id, _rule(world, target, "ingress", back, port).id)


def _peer(place: Place) -> _Peer:
    return _Peer(f"{place.address} ({place.name})", (_block(place.address),), place.security_groups)


def _block(host: str) -> IPv4Network:
    try:
        return IPv4Network(str(ip_address(host)))
    except ValueError:
        return ANYWHERE


def _rule(world: World, place: Place, direction: str, peer: _Peer, port: int) -> Rule:
    for rule in world.rules:
        if (
            rule.group in place.security_groups
            and rule.direction == direction
            and _takes(rule, port)
            and _names(world, rule, peer)
        ):
            return rule
    groups = ", ".join(place.security_groups) or "(none)"
    towards = "to" if direction == "egress" else "from"
    known = f" or {' or '.join(peer.groups)}" if peer.groups else ""
    raise _Closed(
        f"security group {groups} of {place.name}", f"an {direction} rule for tcp {port} {towards} {peer.label}{known}"
    )


def _takes(rule: Rule, port: int) -> bool:
    if rule.protocol == "-1":
        return True
    return rule.protocol in ("tcp", "6") and rule.from_port <= port <= rule.to_port


def _names(world: World, rule: Rule, peer: _Peer) -> bool:
    if rule.other_group is not None:
        return rule.other_group in peer.groups
    blocks = [rule.cidr] if rule.cidr is not None else world.prefix_lists.get(rule.prefix_list or "", ())
    if rule.prefix_list is not None and rule.prefix_list == peer.prefix_list:
        return True
    return _covered(peer.blocks, blocks)


def _covered(wanted: Sequence[IPv4Network], blocks: Sequence[str]) -> bool:
    return all(any(_within(block, given) for given in blocks) for block in wanted)


def _within(block: IPv4Network, given: str) -> bool:
    network = ip_network(given, strict=False)
    return isinstance(network, IPv4Network) and block.subnet_of(network)


# Routes ---------------------------------------------------------------------------------------------------------------


def _route(world: World, subnet_id: str, peer: _Peer) -> Route:
    """The one that a subnet's packets to the peer take. Raises _Closed where there is none, or a black hole."""
    subnet = world.subnets.get(subnet_id)
    if subnet is None:
        raise _Closed(f"subnet {subnet_id}", "itself: it is gone")
    hop = f"route table {subnet.route_table} of subnet {subnet.id}"
    best: tuple[int, Route] | None = None
    for route in world.routes:
        if route.table != subnet.route_table:
            continue
        length = _prefix(world, route, peer)
        if length is not None and (best is None or length > best[0]):
            best = length, route
    if best is None:
        raise _Closed(hop, f"a route to {peer.label}")
    if not best[1].active:
        raise _Closed(hop, f"the target of its route to {best[1].destination}, which is a black hole")
    return best[1]


def _prefix(world: World, route: Route, peer: _Peer) -> int | None:
    """How exactly a route names all of the peer's addresses; None where it does not."""
    if route.destination.startswith("pl-"):
        if route.destination == peer.prefix_list:
            return 32
        blocks: Sequence[str] = world.prefix_lists.get(route.destination, ())
    else:
        blocks = [route.destination]
    if not _covered(peer.blocks, blocks):
        return None
    return min(
        max(ip_network(given, strict=False).prefixlen for given in blocks if _within(block, given))
        for block in peer.blocks
    )


def _to_internet(world: World, source: Place, peer: _Peer, port: int) -> tuple[str, ...]:
    leaves = _rule(world, source, "egress", peer, port)
    route = _route(world, source.subnet, peer)
    return (leaves.id, route.id, *_out(world, source, route, peer))


def _out(world: World, source: Place, route: Route, peer: _Peer) -> tuple[str, ...]:
    if route.target.startswith("nat-"):
        return _through_nat(world, route, peer)
    if route.target.startswith("igw-"):
        if not source.public:
            raise _Closed(source.name, f"a public address, with which alone {route.target} lets it out")
        return (_gateway(world, route, source.vpc),)
    raise _Closed(
        f"route table {route.table} of {source.name}",
        f"a way to {peer.label}: {route.destination} leads to {route.target or 'what the sandbox does not model'}",
    )


def _through_nat(world: World, route: Route, peer: _Peer) -> tuple[str, ...]:
    nat = world.nat_gateways.get(route.target)
    if nat is None:
        raise _Closed(f"route table {route.table}", f"NAT gateway {route.target}: its route is a black hole")
    if not nat.available:
        raise _Closed(f"NAT gateway {nat.id}", "the state available")
    if not nat.public:
        raise _Closed(f"NAT gateway {nat.id}", "an Elastic IP address: it is a private one")
    own = _route(world, nat.subnet, peer)
    if not own.target.startswith("igw-"):
        raise _Closed(
            f"subnet {nat.subnet} of NAT gateway {nat.id}", f"a route to an internet gateway for {peer.label}"
        )
    return (nat.id, own.id, _gateway(world, own, world.subnets[nat.subnet].vpc))


def _gateway(world: World, route: Route, vpc: str) -> str:
    if world.internet_gateways.get(route.target) != vpc:
        raise _Closed(f"route table {route.table}", f"internet gateway {route.target}, which is not attached to {vpc}")
    return route.target


def _from_internet(world: World, source: Internet, target: Place, port: int) -> tuple[str, ...]:
    if not target.public:
        raise _Closed(target.name, f"a public address, without which {source.host} does not reach it")
    peer = _Peer(source.host, (_block(source.host),))
    back = _route(world, target.subnet, peer)
    if not back.target.startswith("igw-"):
        raise _Closed(f"subnet {target.subnet} of {target.name}", f"a route to an internet gateway for {source.host}")
    return (_gateway(world, back, target.vpc), back.id, _rule(world, target, "ingress", peer, port).id)


# AWS's APIs -----------------------------------------------------------------------------------------------------------


def _to_api(world: World, source: Place, api: AwsApi, port: int) -> Path:
    label = f"{api.name} in {api.region}"
    if source.vpc not in world.dns_support:
        raise _Closed(f"{source.vpc} of {source.name}", f"enableDnsSupport, without which no name resolves: {label}")
    service = f"com.amazonaws.{api.region}.{api.name}"
    own = [endpoint for endpoint in world.endpoints if endpoint.vpc == source.vpc and endpoint.service == service]
    for endpoint in own:
        if endpoint.kind == "Interface" and endpoint.private_dns and source.vpc in world.dns_hostnames:
            return _through_endpoint(world, source, endpoint, port)
    peer = _public(world, label, service)
    gateways = {endpoint.id for endpoint in own if endpoint.kind == "Gateway" and endpoint.available}
    leaves = _rule(world, source, "egress", peer, port)
    try:
        route = _route(world, source.subnet, peer)
        if route.target in gateways:
            return Path((leaves.id, route.id, route.target), endpoint=route.target)
        return Path((leaves.id, route.id, *_out(world, source, route, peer)))
    except _Closed as closed:
        kind = "a gateway endpoint" if api.name in ("s3", "dynamodb") else "an interface endpoint with private DNS"
        raise _Closed(
            closed.blocked.hop, f"{closed.blocked.missing}; and {source.vpc} lacks {kind} for {service}"
        ) from None


def _public(world: World, label: str, service: str) -> _Peer:
    """The public addresses of an API: known of what has a prefix list of AWS's."""
    blocks = world.prefix_lists.get(service)
    if blocks is None:
        return _Peer(label, (ANYWHERE,))
    named = next((name for name, own in world.prefix_lists.items() if name.startswith("pl-") and own == blocks), None)
    return _Peer(label, tuple(IPv4Network(block) for block in blocks if ":" not in block), prefix_list=named)


def _through_endpoint(world: World, source: Place, endpoint: Endpoint, port: int) -> Path:
    """Its name has the addresses of all its interfaces, so each of them has to answer."""
    if not endpoint.available or not endpoint.addresses:
        raise _Closed(f"endpoint {endpoint.id} for {endpoint.service}", "the state available")
    by: list[str] = []
    for subnet, address in zip(endpoint.subnets, endpoint.addresses, strict=True):
        name = f"endpoint {endpoint.id} for {endpoint.service}"
        node = Place(name, endpoint.vpc, subnet, address, endpoint.groups, source.region)
        by += _to_place(world, source, node, port)
    return Path((*dict.fromkeys(by), endpoint.id), endpoint=endpoint.id)
