"""Covers: pictures of albums from the Cover Art Archive, kept on disk within a limit."""

import asyncio
from contextlib import suppress
from pathlib import Path
import re
from typing import NamedTuple
from urllib.parse import urljoin

from aiohttp import ClientSession
from yarl import URL

from .clock import Clock
from .web import Answer, TooLargeError, UnreachableError, fetch

DEFAULT_URL = "https://coverartarchive.org"
# Where the archive keeps its files; it sends everybody there.
_HOSTS = re.compile(r"(?:coverartarchive|(?:[\w-]+\.)*archive)\.org")
_HOPS = 4
_LIMIT = 2_000_000
_SECONDS = 20.0
_AT_ONCE = 2
# How long it is believed that there is none (seconds), and what all of them may take.
NONE_SECONDS = 86_400.0
FOLDER_BYTES = 50_000_000

_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Cover(NamedTuple):
    """A picture, and what kind it is."""

    data: bytes
    content_type: str


class Covers:
    """Fetches each cover once; a folder keeps it."""

    def __init__(
        self,
        session: ClientSession,
        clock: Clock,
        folder: Path,
        *,
        user_agent: str,
        url: str = DEFAULT_URL,
        folder_bytes: int = FOLDER_BYTES,
    ) -> None:
        self._session = session
        self._clock = clock
        self._folder = folder
        self._headers = {"User-Agent": user_agent}
        self._url = url.rstrip("/")
        self._folder_bytes = folder_bytes
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._asking: dict[str, asyncio.Lock] = {}
        self._none_since: dict[str, float] = {}

    async def get(self, album_id: str) -> Cover | None:
        """Return an album's cover; None if there is none, or none to be had now.

        However many ask at once, the archive is asked once.
        """
        if not _MBID.fullmatch(album_id):
            return None
        path = self._folder / album_id
        lock = self._asking.setdefault(album_id, asyncio.Lock())
        try:
            async with lock:
                data = await asyncio.to_thread(_read, path)
                if data is None and self._may_be_there(album_id):
                    async with self._turn:
                        data = await self._fetch(album_id)
                    if data is None:
                        self._none_since[album_id] = self._clock.now()
                    else:
                        await asyncio.to_thread(_keep, path, data, self._folder_bytes)
        finally:
            self._asking.pop(album_id, None)
        kind = _kind(data) if data else None
        return Cover(data, kind) if data and kind else None

    def _may_be_there(self, album_id: str) -> bool:
        since = self._none_since.get(album_id)
        if since is not None and self._clock.now() - since < NONE_SECONDS:
            return False
        self._none_since.pop(album_id, None)
        return True

    async def _fetch(self, album_id: str) -> bytes | None:
        address = f"{self._url}/release-group/{album_id}/front-250"
        own_host = URL(self._url).host
        try:
            for _ in range(_HOPS):
                answer = await self._once(address)
                if answer.location is None:
                    is_good = answer.status == 200 and _kind(answer.body)
                    return answer.body if is_good else None
                target = URL(urljoin(address, answer.location))
                is_archive = _HOSTS.fullmatch(target.host or "")
                if target.host != own_host and not is_archive:
                    return None
                if target.host != own_host:
                    # It still redirects to plain HTTP now and then.
                    target = target.with_scheme("https")
                address = str(target)
        except (UnreachableError, TooLargeError, ValueError):
            return None
        return None

    async def _once(self, address: str) -> Answer:
        return await fetch(
            self._session,
            self._clock,
            address,
            headers=self._headers,
            limit=_LIMIT,
            seconds=_SECONDS,
        )


def _kind(data: bytes) -> str | None:
    """Return what a picture is by its own first bytes, whatever was said of it."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for head, kind in _KINDS if data.startswith(head)), None)


def _read(path: Path) -> bytes | None:
    """Read a kept cover (in a worker thread), and note that it is of use."""
    try:
        data = path.read_bytes()
        path.touch()
    except OSError:
        return None
    return data


def _keep(path: Path, data: bytes, folder_bytes: int) -> None:
    """Write a cover whole (in a worker thread); what was not used longest makes room."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)
        kept = [(one.stat(), one) for one in path.parent.iterdir()]
        total = sum(stat.st_size for stat, _ in kept)
        for stat, one in sorted(kept, key=lambda pair: pair[0].st_mtime):
            if total <= folder_bytes:
                break
            if one != path:
                one.unlink(missing_ok=True)
                total -= stat.st_size
