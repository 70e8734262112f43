"""Every notebook, from top to bottom, on the sandbox."""

import json
from pathlib import Path
import re
import shutil
import time
from typing import Any

import pytest

from sandbox.qbittorrent import PASSWORD
from sandbox.torznab import API_KEY
from tests.servers import ROOT

from .lab import in_the_lab

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text())
    cells = notebook["cells"]
    for cell in cells:
        assert not cell.get("outputs"), cell
        assert cell.get("execution_count") is None, cell
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert cells[0]["cell_type"] == "markdown"


def execute(name: str, folder: Path) -> dict[str, Any]:
    """Run a copy of a notebook; nothing secret may be in what comes of it."""
    work = folder / "notebooks"
    shutil.copytree(
        ROOT / "notebooks", work, ignore=shutil.ignore_patterns("toolkit", "*.db*")
    )
    (path,) = work.glob(f"{name}*.ipynb")
    done = in_the_lab(
        ROOT / "tests/notebooks/execute.py",
        path,
        cwd=work,
        environment={"MUSIC_AGREGATOR_SANDBOX": "1"},
    )
    for secret in (API_KEY, PASSWORD, "eyJhbGciOi", "magnet:", "/download/"):
        assert secret not in done, done[max(done.index(secret) - 300, 0) :][:400]
    notebook: dict[str, Any] = json.loads(done)
    return notebook


def texts(notebook: dict[str, Any]) -> list[str]:
    """What each cell shows, as plain text."""
    displayable = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            outputs = (out.get("data", {}) for out in cell["outputs"])
            displayable.append(
                "".join("".join(o.get("text/plain", "")) for o in outputs)
            )
    return displayable


@pytest.mark.long
@pytest.mark.server
def test_explore_search_results(tmp_path: Path) -> None:
    notebook = execute("01", tmp_path)
    displayable = texts(notebook)
    assert "1 indexer(s) (Sandbox)" in displayable[0]
    assert displayable[1].startswith("Ferro Mere - Slow Cartography (1987, Album)")
    assert "18 of 39 releases will do for hi_res, lossless" in displayable[2]
    assert "(2017) [FLAC 24-96]" in displayable[2].splitlines()[2]
    assert "will do for lossless" in displayable[4]
    assert "(30th Anniversary Edition)" in displayable[4].splitlines()[2]
    pictures = [
        output
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 3
    assert "wrong_quality" in displayable[7]


@pytest.mark.long
@pytest.mark.server
def test_monitor_album(tmp_path: Path) -> None:
    displayable = texts(execute("02", tmp_path))
    first, chosen, unwanted = displayable[2], displayable[4], displayable[5]
    assert [line.split()[3] for line in first.splitlines()[1:]][:6] == [
        "fetching_metadata",
        "checking_owned",
        "searching",
        "parsing_results",
        "adding_torrent",
        "complete",
    ]
    assert first.splitlines()[-1].split()[3] == "downloaded"
    assert "awaiting_selection" in chosen
    assert chosen.splitlines()[-1].split()[3] == "downloaded"
    assert unwanted.splitlines()[-1].split()[3] == "cancelled"
    runs = displayable[6].splitlines()[1:]
    assert len(runs) == 3
    assert sum("downloaded" in run for run in runs) == 2


@pytest.mark.long
@pytest.mark.server
def test_replay_home_assistant(tmp_path: Path) -> None:
    """What Home Assistant wrote, by the same core; and the same over its websocket."""
    displayable = texts(execute("03", tmp_path))
    assert "to be read only" in displayable[0]
    runs = displayable[1]
    assert runs.count("downloaded") == 2
    assert runs.count("not_found") == 1
    assert "of 3 runs" in displayable[2]
    assert "will do for hi_res" in displayable[5]
    assert displayable[6].startswith("The pick was: ")
    assert displayable[9] == "True"


@pytest.mark.long
@pytest.mark.server
def test_batch(tmp_path: Path) -> None:
    displayable = texts(execute("04", tmp_path))
    assert displayable[3].count("downloaded") == 3
    assert displayable[3].count("not_found") == 1
    assert displayable[3].count("refused") == 1
    assert displayable[5].count("downloaded") == 3
    saved = (tmp_path / "notebooks/results.csv").read_text().splitlines()
    assert saved[0] == "artist,album,quality,album_id,status,detail,run_id"
    assert [line.split(",")[4] for line in saved[1:]] == [
        *("downloaded", "downloaded", "downloaded", "not_found", "refused")
    ]


def until_gone(said: str) -> None:
    """Wait until the sandbox that was told of has ended: its folder goes last."""
    folder = Path(re.search(r"/tmp/music-agregator-\w+", said)[0])  # type: ignore[index]
    for _ in range(300):
        if not folder.exists():
            return
        time.sleep(0.1)
    pytest.fail(f"{folder} is still there")


@pytest.mark.long
@pytest.mark.server
def test_the_sandbox_ends_with_whoever_started_it(tmp_path: Path) -> None:
    program = (
        "import asyncio\n"
        "from music_agregator_toolkit import connect\n"
        "async def main():\n"
        "    print(await connect())\n"
        "asyncio.run(main())\n"
    )
    said = in_the_lab(
        *("-c", program), cwd=tmp_path, environment={"MUSIC_AGREGATOR_SANDBOX": "1"}
    )
    until_gone(said)


@pytest.mark.long
@pytest.mark.server
def test_a_person_on_the_first_day(tmp_path: Path) -> None:
    """Is offered the sandbox, is asked for secrets, interrupts the waiting only."""
    seen = json.loads(in_the_lab(ROOT / "tests/notebooks/person.py", cwd=tmp_path))
    offers = [q["prompt"] for q in seen["questions"] if not q["password"]]
    assert len(offers) == 2
    assert all("Start the sandbox" in offer for offer in offers)
    assert seen["refused"]["error"] == "NotConfiguredError"
    assert "MUSIC_AGREGATOR_QBITTORRENT_URL" in seen["refused"]["traceback"]
    for answer in (seen["taken"], seen["again"]):
        assert "Music Agregator: qBittorrent, 1 indexer(s)" in answer["text"]
    assert "Slow Cartography (hi_res)" in seen["begun"]["text"]
    assert seen["interrupted"]["error"] in {"KeyboardInterrupt", "CancelledError"}
    assert "downloaded" in seen["goes_on"]["text"]
    secret = [q["prompt"] for q in seen["questions"] if q["password"]]
    assert secret == [
        "qBittorrent's password for me: ",
        "Indexer 1's API key (empty: none): ",
    ]
    assert "canary" not in json.dumps(seen["secret"])
    assert "Settings(" in seen["secret"]["text"]
    assert "is open elsewhere" in seen["busy"]["text"]
    until_gone(seen["taken"]["text"])
