"""The sandbox as a process of its own: a made-up world to try everything on.

It ends when this process does: its input is a pipe that nobody else holds.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryFile
from typing import Any

from music_agregator.environment import PREFIX, NotConfiguredError

_START_SECONDS = 180
# Slow enough to watch.
_UPLOAD_LIMIT = 2_000_000


class Sandbox:
    """A sandbox at work, and where everything in it is."""

    def __init__(self, process: Process, places: Mapping[str, Any]) -> None:
        self._process = process
        self._places = places

    @classmethod
    async def start(cls, *, house: bool = False) -> "Sandbox":
        """Start one; `house` brings a Home Assistant with three albums (a minute).

        Raises NotConfiguredError where there is none to start.
        """
        root = _root()
        python = root / ".venv/bin/python"
        # A file, not a pipe: nobody reads what it says until it fails.
        with TemporaryFile() as log:
            process = await asyncio.create_subprocess_exec(
                str(python if python.exists() else sys.executable),
                *("-m", "sandbox.serve", "--upload-limit", str(_UPLOAD_LIMIT)),
                *(["--house"] if house else []),
                cwd=root,
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                # An interrupt of the notebook is not meant for it.
                start_new_session=True,
            )
            try:
                places = json.loads(await _first_line(process))
            except (ValueError, TimeoutError):
                log.seek(0)
                told = log.read().decode(errors="replace")[-1_000:]
                raise NotConfiguredError(
                    f"The sandbox did not start; call scripts/setup first.\n{told}"
                ) from None
        return cls(process, places)

    @property
    def is_alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.returncode is None

    @property
    def environment(self) -> dict[str, str]:
        """Return it as the environment variables that would say the same."""
        places = self._places
        client, indexer = places["client"], places["indexer"]
        told = {
            "QBITTORRENT_URL": client["url"],
            "QBITTORRENT_USERNAME": client["username"],
            "QBITTORRENT_PASSWORD": client["password"],
            "INDEXER_URL": indexer["url"],
            "INDEXER_NAME": indexer["name"],
            "INDEXER_API_KEY": indexer["api_key"],
            "MUSICBRAINZ_URL": places["musicbrainz_url"],
            "DATABASE": f"sqlite:///{places['folder']}/notebook.db",
        }
        house = places.get("house", {})
        told |= {f"HOUSE_{name.upper()}": value for name, value in house.items()}
        return {f"{PREFIX}{name}": value for name, value in told.items()}

    async def stop(self) -> None:
        """Stop it, and wait."""
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()


async def _first_line(process: Process) -> bytes:
    """Return what it says first, or end it."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            return await process.stdout.readline() if process.stdout else b""
    except BaseException:
        # Its input ends with it: so it cleans up.
        if process.stdin:
            process.stdin.close()
        raise


_KEPT: dict[bool, Sandbox] = {}


async def sandbox(*, house: bool = False) -> Sandbox:
    """Return the one sandbox of this notebook, started if need be."""
    kept = _KEPT.get(house)
    if kept is None or not kept.is_alive:
        kept = _KEPT[house] = await Sandbox.start(house=house)
    return kept


async def environment_or_sandbox(name: str, *, house: bool = False) -> dict[str, str]:
    """Return the environment if it sets a variable, else offer the sandbox's.

    Raises NotConfiguredError where there is nobody to ask, or who says no.
    """
    environment = dict(os.environ)
    if environment.get(f"{PREFIX}{name}"):
        return environment
    if not environment.get(f"{PREFIX}SANDBOX") and not _wants_sandbox(name):
        raise NotConfiguredError(
            f"Set {PREFIX}{name} (docs/notebooks.md names all variables), or"
            f" {PREFIX}SANDBOX=1 for a made-up world to try."
        )
    # What else is configured is of the real world: none of it goes along.
    others = {k: v for k, v in environment.items() if not k.startswith(PREFIX)}
    return others | (await sandbox(house=house)).environment


def _wants_sandbox(name: str) -> bool:
    try:
        answer = input(
            f"{PREFIX}{name} is not set. Start the sandbox, a made-up world on this"
            " machine with a real qBittorrent? [Y/n] "
        )
    except (EOFError, RuntimeError):
        # Nobody is there to ask.
        return False
    return answer.strip().lower() in {"", "y", "yes"}


def _root() -> Path:
    """Return the project's folder: this file's, or that of the notebook."""
    here = Path.cwd() / "notebook"
    for folder in (Path(__file__).resolve().parents[2], *here.parents):
        if (folder / "sandbox/serve.py").exists():
            return folder
    raise NotConfiguredError(
        "The sandbox comes with the project's source: open the notebooks in a clone."
    )
