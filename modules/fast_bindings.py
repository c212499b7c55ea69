"""Makes the AWS provider's bindings quick to import. Nothing else in the project knows about this.

The published bindings import all their 1,500 resources at once, twice: the Python package in its `__init__`, and the
JavaScript library behind it in `lib/index.js`. That costs every synth and every test run 8 to 12 seconds and 600 MB.
Both sides also carry each resource as a module of its own, so:

- Python: an empty package of the same name, with the real one's path, is registered before the first import.
  `from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster` then loads that one file.
- Node: `lazy_bindings.cjs` answers the library's eager `lib/index.js` with its own `lib/lazy-index.js`, which has the
  same exports behind getters.

The synthesized JSON is the same either way; `tests/e2e/test_0_fast_bindings.py` holds it to that.
Set GREENLIGHT_EAGER_BINDINGS=1 to load the bindings as they are published.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_PACKAGE = "cdktf_cdktf_provider_aws"
_PRELOAD = Path(__file__).with_name("lazy_bindings.cjs")


def install() -> None:
    """Takes effect for provider imports that come after it; `modules/__init__.py` calls it before any of ours."""
    # Node 20 is within what we ask of users; jsii's 11-line banner about it would bury the errors that matter.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    if os.environ.get("GREENLIGHT_EAGER_BINDINGS") == "1" or _PACKAGE in sys.modules:
        return
    spec = find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{_PACKAGE} is not installed: run `make setup`")
    package = ModuleType(_PACKAGE)
    package.__path__ = spec.submodule_search_locations
    package.__spec__ = spec
    sys.modules[_PACKAGE] = package
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} --require={_quoted(_PRELOAD)}".strip()


def _quoted(path: Path) -> str:
    """NODE_OPTIONS splits at spaces unless a value is in double quotes."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
