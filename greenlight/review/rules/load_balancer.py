"""The load balancer itself. Pure."""

from greenlight.review.rules import places
from greenlight.review.rules.row import SAFE, Case, Kind, Row, at, becomes, blocked, each, traffic

_LIGHT = "Some requests are treated differently from now on, for every version that runs"


def _idle(case: Case) -> Row:
    before, after = (at(side, "idle_timeout") or 0 for side in (case.change.before, case.change.after))
    if after < before:
        return traffic(
            f"Connections that are quiet for {after} seconds are cut, {before} before: slow answers and long polls "
            "with them.",
            "Compare it with the slowest answers of every service.",
        )
    return traffic(
        f"The load balancer keeps quiet connections to tasks for {after} seconds: a service that closes them sooner "
        "has some requests answered 502.",
        "Check that every service keeps idle connections open for longer than that.",
    )


KINDS: dict[str, Kind] = {
    "aws_lb": Kind(
        what="the load balancer",
        replaced=lambda case: blocked(
            "Every service behind it loses its entry for minutes; all listeners go with it and come back "
            + (
                "on the configured target group, whichever is live."
                if case.world.has_codedeploy
                else "with it, under another DNS name."
            ),
            "Take the change back, or build a second load balancer and move the clients there first.",
        ),
        deleted=blocked("Every service behind it loses its entry.", "Move the traffic elsewhere first."),
        arguments={
            "subnets": places.balancer_zones,
            "subnet_mapping": traffic(
                "The zones, or the addresses in them, change at once: what they no longer cover gets no requests."
            ),
            "security_groups": traffic(
                "If the new group is not let in where the old one was, requests time out, and every task "
                "turns unhealthy.",
                "Let the new group in first, in an apply of its own; take the old one away last.",
            ),
            "enable_deletion_protection": becomes(
                "enable_deletion_protection",
                False,
                traffic(
                    "Nothing happens now; from now on AWS no longer refuses to delete the load balancer.",
                    "Keep the protection unless the load balancer is meant to go.",
                ),
            ),
            "idle_timeout": _idle,
            **each(
                "client_keep_alive desync_mitigation_mode drop_invalid_header_fields enable_http2 "
                "ip_address_type preserve_host_header enable_xff_client_port xff_header_processing_mode "
                "enable_tls_version_and_cipher_suite_headers enable_waf_fail_open enable_cross_zone_load_balancing "
                "enforce_security_group_inbound_rules_on_private_link_traffic dns_record_client_routing_policy",
                traffic(f"{_LIGHT}: some may be cut, refused or look different to the service."),
            ),
            **each("access_logs connection_logs enable_zonal_shift minimum_load_balancer_capacity ipam_pools", SAFE),
        },
    ),
    "aws_lb_listener_certificate": Kind(
        what="the listener's certificate",
        replaced=traffic("Clients of that host name see another certificate, or an error, until it is there again."),
        deleted=traffic("Clients of its host names get the default certificate, which they refuse."),
    ),
}
KINDS |= {kind.replace("aws_lb", "aws_alb"): row for kind, row in KINDS.items()}
