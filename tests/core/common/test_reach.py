"""Where a stranger's link may lead."""

from collections.abc import AsyncIterator
import socket

from aiohttp import ClientConnectorError, ClientSession, InvalidURL, web
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
import pytest

from custom_components.music_agregator.core.common.http import BadAddressError
from custom_components.music_agregator.core.common.reach import Reach
from custom_components.music_agregator.core.errors import LinkError, UnavailableError
from custom_components.music_agregator.core.model import Link
from custom_components.music_agregator.core.torrents.link_resolver import MagnetResolver
from sandbox.web import Site
from tests.fakes import ManualClock

OWN = "http://192.168.1.5:9696/1/api"

LOOPBACKS = [
    "http://127.0.0.1:8123/api/webhook/open",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[fec0::1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[2001:470::5efe:7f00:1]/",
]
PRIVATE = [
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://192.168.1.5:8123/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine, as a hostile name server may say."""

    async def resolve(
        _: ThreadedResolver, host: str, port: int = 0, family: int = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


@pytest.mark.parametrize("address", LOOPBACKS + PRIVATE)
async def test_the_own_network_is_out_of_reach(
    address: str, socket_enabled: None
) -> None:
    reach = Reach([OWN])
    try:
        reach.check(address)
    except BadAddressError:
        return
    # A name, or an odd way to write a number: refused when it is resolved.
    async with reach.open_session() as session:
        with pytest.raises((ClientConnectorError, InvalidURL)):
            await session.get(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://user@example.org/x.torrent",
        "http://admin:admin@192.168.1.5:9696/1/api",
        "https://a:b@example.org/",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "http://",
        "http://[bad",
        "",
    ],
)
def test_some_addresses_are_no_links(address: str) -> None:
    with pytest.raises(BadAddressError):
        Reach([OWN]).check(address)


def test_there_is_no_way_down_from_https() -> None:
    reach = Reach([OWN])
    with pytest.raises(BadAddressError):
        reach.check("http://example.org/x", before="https://example.org/x")
    assert reach.check("https://example.org/x", before="http://example.org/x")


@pytest.mark.parametrize(
    ("trusted", "address", "is_trusted"),
    [
        ([OWN], "http://192.168.1.5:9696/dl/1", True),
        ([OWN], "http://192.168.1.5/dl/1", False),
        (["nas.local"], "http://nas.local:81/x", True),
        (["nas.local:81"], "http://nas.local:82/x", True),
        (["10.0.0.7"], "http://10.0.0.7:1234/x", True),
        (["10.0.0.7:80"], "http://10.0.0.7:1234/x", False),
        (["[fd00::7]:80"], "http://[fd00::7]/x", True),
        (["not a host at all"], "http://10.0.0.7/x", False),
    ],
)
def test_what_the_user_has_entered_is_trusted(
    trusted: list[str], address: str, is_trusted: bool
) -> None:
    reach = Reach(trusted)
    if is_trusted:
        assert reach.check(address)
    else:
        with pytest.raises(BadAddressError):
            reach.check(address)


class Inside:
    """A service of the own network, beside an indexer that sends everybody to it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.inside = Site(self._app(self._reboot))
        self.indexer = Site(self._app(self._redirect))

    def _app(self, handler: object) -> web.Application:
        app = web.Application()
        app.router.add_get("/{rest:.*}", handler)  # type: ignore[arg-type]
        return app

    async def _reboot(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url))
        return web.Response(text="done")

    async def _redirect(self, request: web.Request) -> web.Response:
        to = request.query["to"]
        return web.Response(status=302, headers={"Location": to})


@pytest.fixture
async def inside(socket_enabled: None) -> AsyncIterator[Inside]:
    found = Inside()
    yield found
    await found.inside.close()
    await found.indexer.close()


async def test_nothing_inside_is_ever_asked(inside: Inside) -> None:
    service, indexer = await inside.inside.start(), await inside.indexer.start()
    port = service.rpartition(":")[2]
    resolver = MagnetResolver(ManualClock(), Reach([f"{indexer}/api"]))
    for target in (
        f"{service}/reboot",
        f"http://localhost:{port}/reboot",
        f"http://admin:admin@127.0.0.1:{port}/reboot",
        f"http://127.1:{port}/reboot",
    ):
        for link in (target, f"{indexer}/dl?to={target}"):
            with pytest.raises((LinkError, UnavailableError)):
                await resolver.resolve(Link(download_url=link))
    assert inside.asked == []
    await resolver.close()


async def test_the_session_takes_no_settings_of_the_machine(
    socket_enabled: None,
) -> None:
    async with Reach([]).open_session() as session:
        assert isinstance(session, ClientSession)
        assert not session.trust_env
