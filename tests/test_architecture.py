"""The rules of the tree that a reader relies on."""

import ast
from pathlib import Path

import pytest

from tests.layers import CORE, HOST, against_the_direction, circle, imports_below
from tests.servers import ROOT

HOST_FOLDER = ROOT / "custom_components/music_agregator"
CORE_FOLDER = HOST_FOLDER / "core"
SANDBOX = ROOT / "sandbox"
TOOLKIT = ROOT / "notebooks/toolkit"
ORDERS = {"core": (CORE_FOLDER, CORE), "host": (HOST_FOLDER, HOST)}


def imports(path: Path) -> set[str]:
    """Every module that a file imports; relative ones begin with dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("name", ORDERS)
def test_no_module_imports_against_the_direction(name: str) -> None:
    folder, order = ORDERS[name]
    assert against_the_direction(imports_below(folder), order) == []


@pytest.mark.parametrize("name", ORDERS)
def test_there_is_no_import_circle(name: str) -> None:
    folder, _ = ORDERS[name]
    assert circle(imports_below(folder)) == []


@pytest.mark.parametrize(
    ("place", "line", "imported"),
    [
        ("quality.py", "from .store import runs", "store.runs"),
        ("store/runs.py", "from ..workflow.runner import Runner", "workflow.runner"),
        ("decision/rejections.py", "from ..metadata import covers", "metadata.covers"),
        ("decision/rejections.py", "from .. import app", "app"),
        ("app.py", "from .standalone.open import open_app", "standalone.open"),
    ],
)
def test_a_planted_import_is_found(
    tmp_path: Path, place: str, line: str, imported: str
) -> None:
    for path in files(CORE_FOLDER):
        copy = tmp_path / path.relative_to(CORE_FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text()
        copy.write_text(f"{line}\n{text}" if copy == tmp_path / place else text)
    (found,) = against_the_direction(imports_below(tmp_path), CORE)
    assert found.module == place.removesuffix(".py").replace("/", ".")
    assert found.imported == imported


def test_a_planted_circle_is_found(tmp_path: Path) -> None:
    for name, line in (
        ("a", "from .b import x"),
        ("b", "from . import c"),
        ("c", "from .a import y"),
    ):
        (tmp_path / f"{name}.py").write_text(f"def f() -> None:\n    {line}\n")
    assert circle(imports_below(tmp_path)) == ["a", "b", "c", "a"]


def test_the_top_level_of_the_core_is_its_vocabulary_and_its_face() -> None:
    assert len(list(CORE_FOLDER.glob("*.py"))) <= 12


@pytest.mark.parametrize(
    "path", files(CORE_FOLDER), ids=lambda p: str(p.relative_to(CORE_FOLDER))
)
def test_the_core_knows_no_host(path: Path) -> None:
    depth = len(path.relative_to(CORE_FOLDER).parts)
    for name in imports(path):
        assert not name.startswith(("homeassistant", "custom_components", "sandbox"))
        assert not name.startswith(("music_agregator", "voluptuous", "probatio"))
        assert len(name) - len(name.lstrip(".")) <= depth, f"{name} leaves the core"


@pytest.mark.parametrize("path", files(SANDBOX), ids=lambda p: p.name)
def test_the_sandbox_knows_nothing_of_the_core(path: Path) -> None:
    for name in imports(path):
        assert "music_agregator" not in name


@pytest.mark.parametrize(
    "path", [*files(CORE_FOLDER), *files(TOOLKIT)], ids=lambda p: p.name
)
def test_core_and_toolkit_stay_within_python_3_13(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 13))


@pytest.mark.parametrize(
    "path", files(CORE_FOLDER), ids=lambda p: str(p.relative_to(CORE_FOLDER))
)
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
