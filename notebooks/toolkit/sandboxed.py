"""The sandbox in its own process: a made-up world to try everything on.

It ends when this process does: only this process holds its input pipe.
"""

import asyncio
from collections.abc import Mapping
import json
import os
from pathlib import Path
from subprocess import PIPE, Popen
import sys
from tempfile import TemporaryFile
from typing import IO, Any

from music_agregator.standalone.environment import PREFIX, NotConfiguredError

from .task_status import saying

_START_SECONDS = 180
# Slow enough to watch the progress.
_UPLOAD_LIMIT = 2_000_000


class Sandbox:
    """A running sandbox and its addresses."""

    def __init__(self, process: Popen[str], places: Mapping[str, Any]) -> None:
        self._process = process
        self._places = places

    @classmethod
    async def start(cls, *, home_assistant: bool = False) -> "Sandbox":
        """Start one; `home_assistant` brings a Home Assistant with three albums (a minute).

        Raises NotConfiguredError where there is none to start.
        """
        # A file, not a pipe: its output is only read when it fails.
        with TemporaryFile("w+") as log:
            process = _begin(log, home_assistant=home_assistant)
            try:
                places = json.loads(await _first_line(process))
            except (ValueError, TimeoutError):
                log.seek(0)
                raise NotConfiguredError(
                    "The sandbox did not start; call scripts/setup first.\n"
                    f"{log.read()[-1_000:]}"
                ) from None
        return cls(process, places)

    @property
    def is_alive(self) -> bool:
        """Return whether it is running."""
        return self._process.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """Return its addresses as environment variables."""
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
        home_assistant = places.get("home_assistant", {})
        told |= {
            f"HOUSE_{name.upper()}": value for name, value in home_assistant.items()
        }
        return {f"{PREFIX}{name}": value for name, value in told.items()}


def _begin(log: IO[str], *, home_assistant: bool) -> Popen[str]:
    """Start the process.

    Not with asyncio, which kills it with the loop before it can clean up.
    """
    root = _root()
    python = root / ".venv/bin/python"
    command = [
        *(str(python if python.exists() else sys.executable), "-m", "sandbox.serve"),
        *("--upload-limit", str(_UPLOAD_LIMIT)),
        *(["--home-assistant"] if home_assistant else []),
    ]
    return Popen(  # noqa: S603
        command,
        cwd=root,
        stdin=PIPE,
        stdout=PIPE,
        stderr=log,
        text=True,
        # An interrupt of the notebook is not meant for it.
        start_new_session=True,
    )


async def _first_line(process: Popen[str]) -> str:
    """Return its first line, or end it."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            return await asyncio.to_thread(process.stdout.readline)  # type: ignore[union-attr]
    except BaseException:
        # It cleans up when its input ends.
        if process.stdin:
            process.stdin.close()
        raise


_KEPT: dict[bool, Sandbox] = {}


async def sandbox(*, home_assistant: bool = False) -> Sandbox:
    """Return this notebook's sandbox; start it if necessary."""
    kept = _KEPT.get(home_assistant)
    if kept is None or not kept.is_alive:
        with saying("Starting the sandbox, which takes a moment ..."):
            kept = _KEPT[home_assistant] = await Sandbox.start(
                home_assistant=home_assistant
            )
    return kept


async def environment_or_sandbox(
    name: str, *, home_assistant: bool = False
) -> dict[str, str]:
    """Return the environment if it sets a variable, else offer the sandbox's.

    Raises NotConfiguredError if it cannot ask, or if the answer is no.
    """
    environment = dict(os.environ)
    if environment.get(f"{PREFIX}{name}"):
        return environment
    is_there = home_assistant in _KEPT and _KEPT[home_assistant].is_alive
    wanted = is_there or environment.get(f"{PREFIX}SANDBOX") or _wants_sandbox(name)
    if not wanted:
        raise NotConfiguredError(
            f"Set {PREFIX}{name} (docs/notebooks.md names all variables), or"
            f" {PREFIX}SANDBOX=1 for a made-up world to try."
        )
    # Other variables are of the real world: they are not passed on.
    others = {k: v for k, v in environment.items() if not k.startswith(PREFIX)}
    return others | (await sandbox(home_assistant=home_assistant)).environment


def _wants_sandbox(name: str) -> bool:
    try:
        answer = input(
            f"{PREFIX}{name} is not set. Start the sandbox, a made-up world on this"
            " machine with a real qBittorrent? [Y/n] "
        )
    except (EOFError, RuntimeError):
        # There is no person to ask.
        return False
    return answer.strip().lower() in {"", "y", "yes"}


def _root() -> Path:
    """Return the project's folder: this file's, or the notebook's."""
    here = Path.cwd() / "notebook"
    for folder in (Path(__file__).resolve().parents[2], *here.parents):
        if (folder / "sandbox/serve.py").exists():
            return folder
    raise NotConfiguredError(
        "The sandbox comes with the project's source: open the notebooks in a clone."
    )
