"""HTTP requests that are bounded in size, time and redirects.

No address leaves this module in an error: it may hold an API key. Where else secrets are kept
out, `events/event_data.py` says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from aiohttp import ClientError, ClientSession
from yarl import URL

from .clock import Clock, within

# Returns the address that a redirect may lead to; None refuses it.
type RedirectPolicy = Callable[[URL, URL], URL | None]

_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TooLargeError(Exception):
    """The response is too large."""


class UnreachableError(Exception):
    """There was no complete response."""


class BadAddressError(UnreachableError):
    """The address is not valid, so that there can never be a response."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpResponse:
    """A complete response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after(self, now: float) -> float | None:
        """Return the seconds that Retry-After asks for."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return min(float(value), 86_400.0)
        try:
            at = parsedate_to_datetime(value).timestamp()
        except ValueError:
            return None
        return min(max(at - now, 0.0), 86_400.0)

    @property
    def is_retryable(self) -> bool:
        """Return whether the same request may succeed later."""
        return self.status == 429 or self.status >= 500

    @property
    def location(self) -> str | None:
        """Return where a redirect leads."""
        return self.headers.get("Location") if self.status in _REDIRECTS else None


async def fetch(
    session: ClientSession,
    clock: Clock,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int,
    seconds: float,
) -> HttpResponse:
    """Get one address and read at most `limit` bytes within `seconds`.

    Follows no redirect. Raises BadAddressError, UnreachableError, TooLargeError.
    """
    try:
        return await within(
            clock, seconds, _get(session, _url(url, params), headers, limit)
        )
    except TimeoutError:
        raise UnreachableError(f"no answer within {seconds:g} s") from None
    except ValueError:
        raise BadAddressError("no web address") from None
    except (ClientError, OSError) as error:
        raise UnreachableError(type(error).__name__) from None
    except RuntimeError:
        # aiohttp raises nothing more specific when the host has closed the session.
        raise UnreachableError("closed") from None


def same_host(start: URL, target: URL) -> URL | None:
    """Allow a redirect within the same host and port, or between the usual ports."""
    is_usual = start.is_default_port() and target.is_default_port()
    is_near = target.port == start.port or is_usual
    return target if target.host == start.host and is_near else None


async def fetch_with_redirects(
    session: ClientSession,
    clock: Clock,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int,
    seconds: float,
    hops: int = 3,
    policy: RedirectPolicy = same_host,
) -> HttpResponse:
    """Fetch an address, and follow redirects as far as a policy allows.

    Raises what `fetch` raises.
    """
    start = address = _url(url, params)
    for _ in range(hops + 1):
        answer = await fetch(
            session, clock, str(address), headers=headers, limit=limit, seconds=seconds
        )
        if answer.location is None:
            return answer
        try:
            wanted = URL(urljoin(str(address), answer.location))
            target = policy(start, wanted)
        except ValueError:
            raise UnreachableError("a redirect to nowhere") from None
        if target is None or fault_of(target, address):
            raise UnreachableError("a redirect to another host")
        address = target
    raise UnreachableError("too many redirects")


def fault_of(target: URL, before: URL | None) -> str | None:
    """Return why an address is not followed, whoever gave it; None if nothing is wrong.

    `before` is the address that redirects to it.
    """
    if target.scheme not in {"http", "https"} or not target.host:
        return "a link that is neither http nor a magnet"
    if target.user is not None or target.password is not None:
        return "a link with a login in it"
    if before is not None and before.scheme == "https" and target.scheme == "http":
        return "a link that goes from https to http"
    return None


def _url(url: str, params: Mapping[str, str] | None) -> URL:
    address = URL(url)
    return address.update_query(dict(params)) if params else address


async def _get(
    session: ClientSession, url: URL, headers: Mapping[str, str] | None, limit: int
) -> HttpResponse:
    kept: dict[str, Any] = {"headers": dict(headers)} if headers else {}
    async with session.get(url, allow_redirects=False, **kept) as response:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > limit:
                raise TooLargeError(f"more than {limit} bytes")
        return HttpResponse(
            status=response.status, headers=response.headers, body=bytes(body)
        )
