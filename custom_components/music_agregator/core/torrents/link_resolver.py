"""MagnetResolver: follow a download link to a magnet or .torrent, with its info-hashes.

The torrent client is never given an http address: it cannot report whether that works.
Redirects are followed here, since they may end in a magnet. Where both may lead, decides
`common/reach.py`.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import urljoin

from aiohttp import ClientSession

from ..common.clock import Clock
from ..common.http import BadAddressError, TooLargeError, UnreachableError, fetch
from ..common.reach import Reach
from ..errors import LinkError, TorrentFormatError, UnavailableError
from ..magnets import Magnet, Torrent, parse_magnet, parse_torrent
from ..model import Link

HOPS = 5
TORRENT_LIMIT = 10 * 1024 * 1024
_SECONDS = 30.0


class MagnetResolver:
    """Turns links into torrents."""

    def __init__(self, clock: Clock, reach: Reach) -> None:
        self._clock = clock
        self._reach = reach
        self._opened: ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> ClientSession:
        if self._opened is None:
            self._opened = self._reach.open_session()
        return self._opened

    async def resolve(self, link: Link) -> Magnet | Torrent:
        """Return the torrent that a link leads to.

        Raises LinkError when it leads to none, UnavailableError when asking later
        may help. Neither carries an address.
        """
        addresses = [a for a in (link.magnet_uri, link.download_url) if a]
        failure: LinkError | UnavailableError = LinkError("the release has no link")
        for address in addresses:
            try:
                return await self._walk(address)
            except (LinkError, UnavailableError) as error:
                failure = error
        raise failure

    async def _walk(self, address: str) -> Magnet | Torrent:
        before = None
        for _ in range(HOPS + 1):
            if address[:7].lower() == "magnet:":
                return _read(parse_magnet, address)
            try:
                self._reach.check(address, before)
                answer = await fetch(
                    self._session(),
                    self._clock,
                    address,
                    limit=TORRENT_LIMIT,
                    seconds=_SECONDS,
                )
            except TooLargeError:
                raise LinkError("a .torrent file larger than 10 MiB") from None
            except BadAddressError as error:
                raise LinkError(str(error)) from None
            except UnreachableError as error:
                raise UnavailableError(str(error)) from None
            if answer.location is not None:
                before, address = address, _joined(address, answer.location)
                continue
            if answer.status == 200:
                return await asyncio.to_thread(_read, parse_torrent, answer.body)
            if answer.is_retryable:
                raise UnavailableError(
                    f"status {answer.status}",
                    retry_after=answer.retry_after(self._clock.now()),
                )
            raise LinkError(f"status {answer.status}")
        raise LinkError("too many redirects")


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise LinkError("a redirect to nowhere") from None


def _read[T, R](parse: Callable[[T], R], value: T) -> R:
    try:
        return parse(value)
    except TorrentFormatError as error:
        raise LinkError(str(error)) from None
