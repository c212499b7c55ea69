"""What a Terraform plan would create and AWS has already: after a deploy that was killed, or with a state that is lost.

`search.py` is the story. The others know where AWS has what: a function a resource type, which gives Terraform's id for
an import of it.
"""

from greenlight.existing import network, services, traffic
from greenlight.existing.search import Finder

FINDERS: dict[str, Finder] = network.FINDERS | traffic.FINDERS | services.FINDERS
