"""How the repository is put together: which part may know which, and how large a file may be."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT = {
    "main": {"environments", "modules"},
    "environments": {"modules"},
    "modules": {"hook"},  # what its build says of a zip that Lambda could not start
    "greenlight": set(),  # finds a service by its release manifest alone
    "sandbox": set(),  # knows AWS's APIs alone
    "hook": set(),
    "tools": set(),
    "tests": {"main", "environments", "modules", "greenlight", "sandbox", "hook", "tools"},
}
PYTHON = [
    ROOT / "main.py",
    *(ROOT / "hook").glob("*.py"),  # whose subfolders are cargo's
    *(file for part in MAY_IMPORT if part != "hook" for file in (ROOT / part).rglob("*.py")),
]
RUST = [
    file for crate in ("hook", "image") for part in ("src", "tests") for file in (ROOT / crate / part).rglob("*.rs")
]


def name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {name(file): file for file in PYTHON}


@cache
def imported(module: str) -> frozenset[str]:
    """All that a module imports, wherever in it: by full names, those of what is imported from a module too."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: 1 - node.level or None] if node.level else []
            origin = ".".join([*parts, *([node.module] if node.module else [])])
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return frozenset(found)


def ours(module: str) -> set[str]:
    """The modules of this repository that a module imports, or imports something from."""
    found = {one if one in FILES else one.rpartition(".")[0] for one in imported(module)}
    return (found & FILES.keys()) - {module}


def imports_cdktf(module: str) -> bool:
    return any(one.split(".")[0] in ("cdktf", "cdktf_cdktf_provider_aws", "constructs") for one in imported(module))


def reached(module: str) -> set[str]:
    """It, and all that is imported with it."""
    found, left = {module}, [module]
    while left:
        new = ours(left.pop()) - found
        found |= new
        left += new
    return found


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_parts_know_only_what_the_design_lets_them_know(part: str) -> None:
    known = {one.split(".")[0] for module in FILES if module.split(".")[0] == part for one in ours(module)}

    assert known - {part} - MAY_IMPORT[part] == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    order = list(TopologicalSorter({module: ours(module) for module in FILES}).static_order())

    assert set(order) == FILES.keys()


@pytest.mark.parametrize("crate", ["hook", "image"])
def test_no_module_of_a_crate_uses_itself_by_way_of_others(crate: str) -> None:
    """Its tests may, which use what they test and what that is made of."""
    used: dict[str, set[str]] = {}
    source = ROOT / crate / "src"
    for file in (one for one in source.rglob("*.rs") if "tests" not in one.relative_to(source).parts):
        module = file.relative_to(source).parts[0].removesuffix(".rs")
        code = file.read_text().partition("#[cfg(test)]")[0]
        used.setdefault(module, set()).update(set(re.findall(r"\bcrate::(\w+)", code)) - {module})

    assert set(TopologicalSorter(used).static_order()) == used.keys()


def test_only_the_module_suite_and_what_tests_it_need_cdktf() -> None:
    """Settings are read, and releases made, without Node."""
    needing = {module for module in FILES if any(imports_cdktf(one) for one in reached(module))}

    assert {module.split(".")[0] for module in needing} == {"main", "modules", "tests"}
    assert {module for module in needing if module.startswith(("tests.greenlight", "tests.sandbox"))} == set()


def test_no_source_file_has_more_than_400_lines() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in [*PYTHON, *RUST]}

    assert {file: count for file, count in lines.items() if count > 400} == {}


def undocumented(file: Path) -> Iterator[str]:
    """Fields of a file's props and inputs that no docstring follows."""
    for kind in ast.parse(file.read_text()).body:
        if not isinstance(kind, ast.ClassDef) or not (kind.name.endswith("Props") or file.name == "inputs.py"):
            continue
        for field, after in zip(kind.body, [*kind.body[1:], None], strict=True):
            described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and not described:
                yield f"{kind.name}.{ast.unparse(field.target)}"


def test_every_prop_of_a_construct_says_what_it_means() -> None:
    assert [field for file in (ROOT / "modules").glob("*.py") for field in undocumented(file)] == []
