"""`greenlight imports` knows what the modules make."""

import re

from greenlight.existing import FINDERS
from greenlight.existing.services import OVERWRITTEN
from tests.documentation import ROOT

MADE = {
    f"aws_{kind}"
    for file in (ROOT / "modules").glob("*.py")
    for kind in re.findall(r"cdktf_cdktf_provider_aws\.(\w+)", file.read_text())
    if not kind.startswith("data_aws_")
}


def test_each_type_that_the_modules_make_is_found_or_need_not_be() -> None:
    assert MADE - FINDERS.keys() - OVERWRITTEN == set()


def test_no_type_is_known_that_no_module_makes() -> None:
    assert (FINDERS.keys() | OVERWRITTEN) - MADE == set()
