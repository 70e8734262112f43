"""The wheel, in a fresh Python 3.13 that has no Home Assistant."""

import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

import pytest

from sandbox.lab import PYTHON
from tests.conftest import missing
from tests.servers import ROOT

UV = ROOT / ".tools/bin/uv"
PAGE = ROOT / "docs/scripting.md"


CORE = ROOT / "custom_components/music_agregator/core"
# Every module of the core has to be in the wheel, and to stand on what that brings.
MODULES = [
    ".".join(("music_agregator", *path.relative_to(CORE).with_suffix("").parts))
    for path in sorted(CORE.rglob("*.py"))
]
IMPORT_EVERYTHING = f"""
from importlib import import_module
for name in {MODULES!r}:
    import_module(name.removesuffix(".__init__"))
"""


def lines_of(page: Path) -> list[str]:
    """The Python programs that a page of the documentation shows."""
    found: list[str] = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    return found


def test_the_ten_lines_are_ten() -> None:
    where = re.findall(r"^export .*", PAGE.read_text(), re.MULTILINE)
    what, *_ = lines_of(PAGE)
    assert len(where) + len(what.splitlines()) <= 11  # one of them is empty


def called(*command: str | Path, **options: Any) -> str:
    done = subprocess.run(
        [*command], capture_output=True, text=True, timeout=250, check=False, **options
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return str(done.stdout)


@pytest.mark.long
@pytest.mark.server
def test_the_ten_lines_work_from_the_wheel(tmp_path: Path) -> None:
    if not (UV.exists() and PYTHON.exists()):
        missing("no Python 3.13 of our own: run scripts/setup")
    called(UV, "build", "--wheel", "--out-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    fresh = tmp_path / "fresh"
    base = called(PYTHON, "-c", "import sys; print(sys._base_executable)").strip()
    called(UV, "venv", "--python", base, fresh)
    python = fresh / "bin/python"
    called(UV, "pip", "install", "--python", python, wheel)
    installed = called(UV, "pip", "list", "--python", python, "--format", "json")
    names = {package["name"] for package in json.loads(installed)}
    assert "music-agregator" in names
    assert not names & {"homeassistant", "voluptuous", "ipywidgets"}
    called(python, "-c", IMPORT_EVERYTHING, cwd=tmp_path)
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "sandbox.serve"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sandbox.stdin
    assert sandbox.stdout
    try:
        places = json.loads(sandbox.stdout.readline())
        here = {
            **os.environ,
            **{
                f"MUSIC_AGREGATOR_{name}": told
                for name, told in (
                    ("QBITTORRENT_URL", places["client"]["url"]),
                    ("QBITTORRENT_USERNAME", places["client"]["username"]),
                    ("QBITTORRENT_PASSWORD", places["client"]["password"]),
                    ("INDEXER_URL", places["indexer"]["url"]),
                    ("INDEXER_API_KEY", places["indexer"]["api_key"]),
                    ("MUSICBRAINZ_URL", places["musicbrainz_url"]),
                )
            },
            "QBITTORRENT_URL": places["client"]["url"],
            "QBITTORRENT_PASSWORD": places["client"]["password"],
            "TORZNAB_URL": places["indexer"]["url"],
            "TORZNAB_KEY": places["indexer"]["api_key"],
            "MUSICBRAINZ_URL": places["musicbrainz_url"],
        }
        said = []
        for number, program in enumerate(lines_of(PAGE)):
            path = tmp_path / f"{number}.py"
            path.write_text(program)
            said.append(called(python, path, cwd=tmp_path, env=here).splitlines())
        ten, awaited, parts = said
        statuses = [line.split()[1] for line in ten[:-1]]
        assert statuses[0] == "fetching_metadata"
        assert statuses[-1] == ten[-1].strip() == "downloaded"
        assert awaited[0] == "1 The Paper Lanterns - Glass Harbour (2011) [FLAC] "
        assert awaited[-1].split()[1] == "already_owned"
        assert parts == ["Ferro Mere | Slow Cartography | 2017 | FLAC 24/96"]
    finally:
        sandbox.stdin.close()
        sandbox.wait(60)
        sandbox.stdout.close()
