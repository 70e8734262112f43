"""Covers: pictures of albums from the Cover Art Archive, kept on disk within a limit."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
import re
from typing import NamedTuple

from aiohttp import ClientSession
from yarl import URL

from ..common.clock import Clock, within
from ..common.http import TooLargeError, UnreachableError, fetch_with_redirects
from ..common.single_flight import SingleFlight
from ..musicbrainz import is_mbid

DEFAULT_URL = "https://coverartarchive.org"
# Where the archive keeps its files; it sends everybody there.
_HOSTS = re.compile(r"(?:coverartarchive|(?:[\w-]+\.)*archive)\.org")
_HOPS = 4
_LIMIT = 2_000_000
_SECONDS = 20.0
_AT_ONCE = 2
# How long a caller waits (seconds).
WAIT_SECONDS = 3.0
# How long it is believed that there is none, and that the archive is away (seconds).
NONE_SECONDS = 86_400.0
AWAY_SECONDS = 300.0
_MOST_BELIEVED = 1_000
# What all covers may take.
FOLDER_BYTES = 50_000_000

_THERE_IS_NONE = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}

_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)


class Cover(NamedTuple):
    """A picture, and what kind it is."""

    data: bytes
    content_type: str


class Covers:
    """Fetches each cover once, and keeps it in a folder."""

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
        self._requests = SingleFlight[None](goes_on=True)
        self._none_until: dict[str, float] = {}

    async def close(self) -> None:
        """Cancel the requests in flight."""
        await self._requests.close()

    async def get(self, album_id: str) -> Cover | None:
        """Return an album's cover; None if there is none, or none can be fetched now.

        Several callers at once share one request. Raises TimeoutError when the archive is
        slow; the cover is then there for a later call.
        """
        if not is_mbid(album_id):
            return None
        path = self._folder / album_id
        data = await asyncio.to_thread(_read, path)
        if data is None and self._may_be_there(album_id):
            asking = self._requests.call(album_id, self._fetch)
            await within(self._clock, WAIT_SECONDS, asking)
            data = await asyncio.to_thread(_read, path)
        kind = _kind(data) if data else None
        return Cover(data, kind) if data and kind else None

    def _may_be_there(self, album_id: str) -> bool:
        until = self._none_until.get(album_id)
        return until is None or until <= self._clock.monotonic()

    async def _fetch(self, album_id: str) -> None:
        """Fetch a cover and keep it, or remember for a while that there is none."""
        path = self._folder / album_id
        believed = NONE_SECONDS
        try:
            async with self._turn:
                answer = await fetch_with_redirects(
                    self._session,
                    self._clock,
                    f"{self._url}/release-group/{album_id}/front-250",
                    headers=self._headers,
                    limit=_LIMIT,
                    seconds=_SECONDS,
                    hops=_HOPS,
                    policy=_within_archive,
                )
            if answer.status == HTTPStatus.OK and _kind(answer.body):
                await asyncio.to_thread(_keep, path, answer.body, self._folder_bytes)
                # A cover that cannot be kept is not requested again and again.
                believed = 0.0 if await asyncio.to_thread(path.exists) else AWAY_SECONDS
            elif answer.status not in _THERE_IS_NONE:
                believed = answer.retry_after(self._clock.now()) or AWAY_SECONDS
        except UnreachableError:
            believed = AWAY_SECONDS
        except TooLargeError:
            pass
        self._none_until.pop(album_id, None)
        if believed:
            self._none_until[album_id] = self._clock.monotonic() + believed
            if len(self._none_until) > _MOST_BELIEVED:
                del self._none_until[next(iter(self._none_until))]


def _within_archive(start: URL, target: URL) -> URL | None:
    """Allow a redirect to the hosts of the archive's files."""
    if target.host == start.host and target.port == start.port:
        return target
    is_archive = target.is_default_port() and _HOSTS.fullmatch(target.host or "")
    # It sometimes redirects to plain HTTP.
    return target.with_scheme("https") if is_archive else None


def _kind(data: bytes) -> str | None:
    """Return the type of a picture by its first bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for head, kind in _KINDS if data.startswith(head)), None)


def _read(path: Path) -> bytes | None:
    """Read a kept cover (in a worker thread), and mark it as used."""
    try:
        data = path.read_bytes()
        path.touch()
    except OSError:
        return None
    return data


def _keep(path: Path, data: bytes, folder_bytes: int) -> None:
    """Write a cover (in a worker thread); delete the least recently used ones for it."""
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
