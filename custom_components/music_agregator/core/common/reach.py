"""Reach: which addresses a stranger's link may lead to, decided in one place.

A link comes from an indexer, which may be hostile, and is followed from inside the user's
network. It may lead to the whole internet, but not to this machine, the network around it, or
a machine's own services, unless that is a host and port that the user has entered. The
address that is checked is the one that is connected to, however the link spells it.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
from typing import override

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from .http import BadAddressError, fault_of

# The first 96 bits of an IPv6 address that wraps an IPv4 address: compatible, translated,
# NAT64; and the middle 32 bits of one that says so in its interface (ISATAP).
_WRAPPING = frozenset({0, 0xFFFF_0000, 0x64_FF9B << 64})
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Reach:
    """Knows where links may lead. `trusted` are addresses, `host` or `host:port`."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = frozenset(filter(None, map(_place, trusted)))

    def check(self, address: str, before: str | None = None) -> URL:
        """Return an address that a link may have, else raise BadAddressError.

        `before` is the address that redirects to it. Where a name leads, the session of
        `open_session` checks when it connects.
        """
        try:
            url = URL(address)
            host, port = url.host or "", url.port
        except ValueError:
            raise BadAddressError("no web address") from None
        if fault := fault_of(url, URL(before) if before else None):
            raise BadAddressError(fault)
        if not self.trusts(host, port or 0) and not _is_public_literal(host):
            raise BadAddressError("a link into the own network")
        return url

    def trusts(self, host: str, port: int) -> bool:
        """Return whether the user has entered a host, with any port or with this one."""
        name = host.lower().rstrip(".")
        return not self._trusted.isdisjoint({(name, None), (name, port)})

    def open_session(self) -> ClientSession:
        """Return a session that connects only where links may lead.

        The caller closes it. Call it on the event loop.
        """
        return ClientSession(
            connector=TCPConnector(resolver=_Resolver(self), use_dns_cache=False),
            cookie_jar=DummyCookieJar(),
            trust_env=False,
        )


class _Resolver(AbstractResolver):
    """Resolves names to public addresses only."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._resolver = ThreadedResolver()

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if self._reach.trusts(host, port):
            return found
        public = [one for one in found if _is_public(ip_address(one["host"]))]
        if not public:
            raise OSError("an address in the own network")
        return public

    @override
    async def close(self) -> None:
        await self._resolver.close()


def _place(text: str) -> tuple[str, int | None] | None:
    """Return the host and port of an address that the user has entered."""
    try:
        url = URL(text if "://" in text else f"//{text}")
        host = (url.host or "").lower().rstrip(".")
        port = url.port if "://" in text else url.explicit_port
    except ValueError:
        return None
    return (host, port) if host else None


def _is_public_literal(host: str) -> bool:
    """Return False for an IP address that is not public; a name is checked later."""
    try:
        return _is_public(ip_address(host.partition("%")[0]))
    except ValueError:
        return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address, and one that is wrapped in it, is of the internet."""
    if isinstance(address, IPv6Address):
        if address.teredo is not None or address.is_site_local:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        prefix, interface = int(address) >> 32, int(address) >> 32 & 0xFFFF_FFFF
        if prefix in _WRAPPING or interface in _ISATAP:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
