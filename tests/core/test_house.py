"""The rules of the real that a reader relies on."""

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

CORE = ROOT / "custom_components/music_agregator/core"
SANDBOX = ROOT / "sandbox"
TOOLKIT = ROOT / "notebooks/toolkit"


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


@pytest.mark.parametrize("path", files(CORE), ids=lambda p: str(p.relative_to(CORE)))
def test_the_core_knows_no_host(path: Path) -> None:
    depth = len(path.relative_to(CORE).parts)
    for name in imports(path):
        assert not name.startswith(("homeassistant", "custom_components", "sandbox"))
        assert not name.startswith(("music_agregator", "voluptuous", "probatio"))
        assert len(name) - len(name.lstrip(".")) <= depth, f"{name} leaves the core"


@pytest.mark.parametrize("path", files(SANDBOX), ids=lambda p: p.name)
def test_the_sandbox_knows_nothing_of_the_core(path: Path) -> None:
    for name in imports(path):
        assert "music_agregator" not in name


@pytest.mark.parametrize("path", [*files(CORE), *files(TOOLKIT)], ids=lambda p: p.name)
def test_core_and_toolkit_stay_within_python_3_13(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 13))


@pytest.mark.parametrize("path", files(CORE), ids=lambda p: str(p.relative_to(CORE)))
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
