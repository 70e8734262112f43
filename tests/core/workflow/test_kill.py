"""Killed at any call, a run ends as it should: the core alone, on a SQLite file."""

import json
from pathlib import Path
import subprocess
import sys

import pytest

from tests.servers import ROOT


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["good", "bad"])
def test_a_run_survives_a_kill_at_every_call(tmp_path: Path, scenario: str) -> None:
    """Before and after each call of the database and the client, until one survives."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.core.workflow.kill_host",
            str(tmp_path),
            scenario,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result for result in results if result["wrong"]] == []
    for moment in ("before", "after"):
        killed = [r["killed"] for r in results if r["moment"] == moment]
        assert killed[-1] is False
        assert all(killed[:-1])
        assert len(killed) > 20
