"""What a change does to live traffic, by type of resource: one table a field, and what no table knows. Pure."""

from greenlight.review.rules import (
    access,
    api,
    beside,
    codedeploy,
    listeners,
    load_balancer,
    network,
    registry,
    services,
    target_groups,
    telling,
    watching,
)
from greenlight.review.rules.row import Kind

KINDS: dict[str, Kind] = {
    **load_balancer.KINDS,
    **listeners.KINDS,
    **target_groups.KINDS,
    **services.KINDS,
    **codedeploy.KINDS,
    **api.KINDS,
    **network.KINDS,
    **access.KINDS,
    **watching.KINDS,
    **telling.KINDS,
    **registry.KINDS,
    **beside.KINDS,
}
