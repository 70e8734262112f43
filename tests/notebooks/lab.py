"""Run something in the Python of the notebooks."""

import os
from pathlib import Path
import subprocess
from typing import Any

from sandbox.lab import PYTHON
from tests.conftest import missing
from tests.servers import ROOT


def in_the_lab(*arguments: str | Path, **options: Any) -> str:
    """Run Python of the lab in a process of its own; return what it prints."""
    if not PYTHON.exists():
        missing("no Python for the notebooks: run scripts/setup")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MUSIC_AGREGATOR_", "COV_", "PYTEST_"))
    }
    done = subprocess.run(
        [PYTHON, *arguments],
        cwd=options.pop("cwd", ROOT),
        env={**kept, "PYTHONWARNINGS": "ignore", **options.pop("environment", {})},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout
