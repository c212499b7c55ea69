"""The Terraform module suite: one CDKTF construct per file, each usable alone.

Inputs are plain values (ids, ARNs, names, numbers); outputs are a few typed attributes. Values that travel together are
one frozen dataclass, defined by the construct that produces them. No construct holds a provider, reads the environment
or knows of another construct's children.
"""

from modules import fast_bindings

fast_bindings.install()
