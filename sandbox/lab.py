"""A JupyterLab in a process of its own, on a folder of notebooks."""

import asyncio
import contextlib
import os
from pathlib import Path
import secrets
import signal
import subprocess

import aiohttp

from .qbittorrent import free_port

_ROOT = Path(__file__).parent.parent
PYTHON = _ROOT / ".tools/lab/bin/python"
_START_SECONDS = 60


class NoLabError(RuntimeError):
    """There is no JupyterLab on this machine."""


class Lab:
    """One JupyterLab; its kernels end with it."""

    def __init__(self, folder: Path, notebooks: Path, **environment: str) -> None:
        if not PYTHON.exists():
            raise NoLabError("no JupyterLab: run scripts/setup")
        self._folder = folder
        self._notebooks = notebooks
        self._environment = environment
        self._port = free_port()
        self._token = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, notebook: str) -> str:
        """Return the address of a notebook, alone on the page."""
        return (
            f"http://127.0.0.1:{self._port}/lab/tree/{notebook}"
            f"?token={self._token}&reset"
        )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        kinds = ("CONFIG", "DATA", "RUNTIME")
        places = {
            f"JUPYTER_{kind}_DIR": str(self._folder / kind.lower()) for kind in kinds
        }
        settings = self._folder / "config/labconfig"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "page_config.json").write_text(
            # No news from the world, and no question about it.
            '{"disabledExtensions":'
            ' {"@jupyterlab/apputils-extension:announcements": true}}'
        )
        with (self._folder / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(PYTHON, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                    *("--ip", "127.0.0.1", f"--port={self._port}"),
                    f"--IdentityProvider.token={self._token}",
                    f"--ServerApp.root_dir={self._notebooks}",
                ],
                env={**os.environ, **places, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        address = f"http://127.0.0.1:{self._port}/api"
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(
                        (self._folder / "output.log").read_text()[-2000:]
                    )
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(address) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Ask it to end with its kernels, and wait."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
