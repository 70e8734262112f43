"""A real qbittorrent-nox of our own: a profile with a known password, on loopback."""

import asyncio
import base64
from collections.abc import Callable
import contextlib
import hashlib
import os
from pathlib import Path
import random
import shutil
import socket
import subprocess
from typing import Any

import qbittorrentapi

USERNAME = "admin"
PASSWORD = "sandbox-password-41"

_ROOT = Path(__file__).parent.parent
_START_SECONDS = 30

_CONFIG = """[LegalNotice]
Accepted=true
[Network]
PortForwardingEnabled=false
[BitTorrent]
Session\\Port={bt_port}
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress=127.0.0.1
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\QueueingSystemEnabled=false
Session\\DefaultSavePath={downloads}
[Preferences]
General\\Locale=en
WebUI\\Enabled=true
WebUI\\Address=127.0.0.1
WebUI\\Port={web_port}
WebUI\\Username={username}
WebUI\\Password_PBKDF2="@ByteArray({password})"
WebUI\\LocalHostAuth=true
WebUI\\UseUPnP=false
"""


class NoQBittorrentError(RuntimeError):
    """There is no qbittorrent-nox on this machine."""


def find_binary(major: int | None = None) -> Path:
    """Return a qbittorrent-nox: that of a major version, or the newest there is."""
    for version in (major,) if major else (5, 4):
        path = _ROOT / f".tools/qbittorrent-{version}/usr/bin/qbittorrent-nox"
        if path.exists():
            return path
    installed = shutil.which("qbittorrent-nox")
    if installed and major is None:
        return Path(installed)
    raise NoQBittorrentError(f"no qbittorrent-nox {major or ''}: run scripts/setup")


def free_port() -> int:
    """Return a port of loopback that nobody listens on.

    Not one of those that outgoing connections get: it might be taken by the time that
    somebody listens on it.
    """
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class QBittorrent:
    """One qbittorrent-nox; it can be stopped, killed and started again."""

    def __init__(self, profile: Path, *, major: int | None = None) -> None:
        self._profile = profile
        self._binary = find_binary(major)
        self.downloads = profile / "downloads"
        self.web_port = free_port()
        self.bt_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._write_config()

    @property
    def url(self) -> str:
        """Return the address of its Web API."""
        return f"http://127.0.0.1:{self.web_port}"

    def client(self) -> qbittorrentapi.Client:
        """Return a client that is logged in when first used."""
        return qbittorrentapi.Client(
            host=self.url,
            username=USERNAME,
            password=PASSWORD,
            SIMPLE_RESPONSES=True,
            FORCE_SCHEME_FROM_HOST=True,
            REQUESTS_ARGS={"timeout": (5, 20)},
        )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        root = self._binary.parents[2]
        libraries = next(root.glob("usr/lib/*-linux-gnu*"), root)
        log = (self._profile / "output.log").open("ab")
        self._process = subprocess.Popen(
            [self._binary, f"--profile={self._profile}"],
            env={
                **os.environ,
                "HOME": str(self._profile),
                "LC_ALL": "C.UTF-8",
                "QT_PLUGIN_PATH": str(libraries / "qt6/plugins"),
                "OPENSSL_MODULES": str(libraries / "ossl-modules"),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        await self.until(lambda client: client.app_version(), bool, _START_SECONDS)

    async def stop(self) -> None:
        """Ask it to end, and wait."""
        await self._end(lambda process: process.terminate())

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(lambda process: process.kill())

    async def until[T](
        self,
        ask: Callable[[qbittorrentapi.Client], T],
        good: Callable[[T], Any],
        seconds: float = 20,
    ) -> T:
        """Ask until the answer is good."""
        client = self.client()
        async with asyncio.timeout(seconds):
            while True:
                if self._process is not None and self._process.poll() is not None:
                    raise RuntimeError(
                        (self._profile / "output.log").read_text()[-2000:]
                    )
                with contextlib.suppress(qbittorrentapi.APIError):
                    answer = await asyncio.to_thread(ask, client)
                    if good(answer):
                        return answer
                await asyncio.sleep(0.1)

    async def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self._process is None:
            return
        how(self._process)
        try:
            await asyncio.to_thread(self._process.wait, 15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        self._process = None

    def _write_config(self) -> None:
        salt = hashlib.sha256(b"sandbox").digest()[:16]
        key = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, 100_000)
        folder = self._profile / "qBittorrent/config"
        folder.mkdir(parents=True, exist_ok=True)
        self.downloads.mkdir(exist_ok=True)
        (folder / "qBittorrent.conf").write_text(
            _CONFIG.format(
                bt_port=self.bt_port,
                web_port=self.web_port,
                downloads=self.downloads,
                username=USERNAME,
                password=":".join(base64.b64encode(b).decode() for b in (salt, key)),
            )
        )
