"""The TorrentClient port: one contract, over the stand-in and every qBittorrent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
import json
from pathlib import Path
import re
import threading
import time
from typing import Any

from aiohttp import web
import pytest
from qbittorrentapi import Client

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
)
from custom_components.music_agregator.core.magnets import parse_magnet, parse_torrent
from custom_components.music_agregator.core.model import InfoHashes, Link
from custom_components.music_agregator.core.settings import ClientSettings
from custom_components.music_agregator.core.torrents.client import (
    NewTorrent,
    Phase,
    TorrentClient,
    TorrentState,
    find,
)
from custom_components.music_agregator.core.torrents.qbittorrent import (
    QBittorrentClient,
)
from custom_components.music_agregator.core.torrents.sync import SyncState, phase_of
from custom_components.music_agregator.core.torrents.tags import is_ours, run_tag
from sandbox.catalogue import OFFERS
from sandbox.qbittorrent import PASSWORD, USERNAME, NoQBittorrentError, QBittorrent
from sandbox.web import Site
from tests.conftest import missing
from tests.fakes import FakeTorrentClient, light_torrent

pytestmark = pytest.mark.usefixtures("socket_enabled")

ONE, OTHER = (light_torrent(offer) for offer in OFFERS[:2])
TAGS = ["music_agregator", run_tag("test", "01RUN")]
VERSIONS = [pytest.param(v, marks=pytest.mark.server) for v in (4, 5)]


async def add(client: TorrentClient, link: Link, hashes: InfoHashes) -> None:
    await client.add(
        NewTorrent(
            link=link,
            hashes=hashes,
            tags=TAGS,
            category="music_agregator",
            folder="An album {12345678.01234567}",
        )
    )


async def until_phase(client: TorrentClient, hashes: InfoHashes, phase: Phase) -> None:
    async with asyncio.timeout(30):
        while True:
            state = find(await client.snapshot(), hashes)
            if state is not None and state.phase is phase:
                return
            await asyncio.sleep(0.05)


def file_of(one: object = ONE) -> tuple[Link, InfoHashes]:
    torrent = parse_torrent(one.torrent)  # type: ignore[attr-defined]
    return Link(torrent=torrent.data), torrent.hashes


@pytest.fixture
async def server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[QBittorrent]:
    try:
        qbittorrent = QBittorrent(tmp_path / "q", major=request.param)
    except NoQBittorrentError as error:
        missing(str(error))
    await qbittorrent.start()
    yield qbittorrent
    await qbittorrent.kill()


def settings(server: QBittorrent) -> ClientSettings:
    return ClientSettings(url=server.url, username=USERNAME, password=PASSWORD)


class Contract:
    """What the core relies on."""

    async def test_it_says_its_version(self, client: TorrentClient) -> None:
        assert re.match(r"v\d", await client.version())

    async def test_a_file_is_added_with_tags(self, client: TorrentClient) -> None:
        link, hashes = file_of()
        assert find(await client.snapshot(), hashes) is None
        await add(client, link, hashes)
        state = find(await client.snapshot(), hashes)
        assert state is not None
        assert set(TAGS) <= state.tags
        assert is_ours(state, "test")
        assert not is_ours(state, "tes")
        assert state.progress < 1

    async def test_a_magnet_is_added(self, client: TorrentClient) -> None:
        magnet = parse_magnet(OTHER.magnet)
        await add(client, Link(magnet_uri=magnet.uri), magnet.hashes)
        assert find(await client.snapshot(), magnet.hashes) is not None

    async def test_added_twice_is_there_once(self, client: TorrentClient) -> None:
        link, hashes = file_of()
        for _ in range(2):
            await add(client, link, hashes)
        assert len((await client.snapshot()).torrents) == 1

    async def test_it_is_found_by_any_of_its_hashes(
        self, client: TorrentClient
    ) -> None:
        info = (
            b"d9:file treed1:ad0:d6:lengthi5e11:pieces root32:%seee6:lengthi5e"
            b"12:meta versioni2e4:name1:a12:piece lengthi65536e6:pieces20:%se"
            % (b"r" * 32, b"p" * 20)
        )
        hybrid = parse_torrent(b"d4:info" + info + b"e")
        await add(client, Link(torrent=hybrid.data), hybrid.hashes)
        snapshot = await client.snapshot()
        for hashes in (
            hybrid.hashes,
            InfoHashes(v1=hybrid.info_hash),
            InfoHashes(v2=hybrid.info_hash_v2),
        ):
            assert find(snapshot, hashes) is not None

    async def test_tags_are_added(self, client: TorrentClient) -> None:
        link, hashes = file_of()
        await add(client, link, hashes)
        state = find(await client.snapshot(), hashes)
        assert state is not None
        await client.add_tags(state.torrent_id, [run_tag("test", "01OTHER")])
        state = find(await client.snapshot(), hashes)
        assert state is not None
        assert {*TAGS, run_tag("test", "01OTHER")} <= state.tags

    async def test_it_is_removed_and_may_be_gone_already(
        self, client: TorrentClient
    ) -> None:
        link, hashes = file_of()
        await add(client, link, hashes)
        state = find(await client.snapshot(), hashes)
        assert state is not None
        for _ in range(2):
            await client.remove(state.torrent_id, delete_files=True)
        async with asyncio.timeout(30):
            while find(await client.snapshot(), hashes) is not None:
                await asyncio.sleep(0.05)

    async def test_it_tells_its_files_and_some_can_be_left_out(
        self, client: TorrentClient
    ) -> None:
        link, hashes = file_of()
        await add(client, link, hashes)
        files = await client.files(hashes.ids[0])
        assert files[0].name
        assert files[0].size_bytes > 0
        assert files[0].is_wanted
        for wanted in (False, True):
            await client.want(hashes.ids[0], [files[0].index], wanted=wanted)
            files = await client.files(hashes.ids[0])
            assert files[0].is_wanted is wanted

    async def test_what_is_held_begins_when_it_is_started(
        self, client: TorrentClient
    ) -> None:
        link, hashes = file_of()
        new = NewTorrent(
            link=link,
            hashes=hashes,
            tags=TAGS,
            category="music_agregator",
            folder="An album {12345678.01234567}",
            is_held=True,
        )
        await client.add(new)
        await until_phase(client, hashes, Phase.PAUSED)
        await client.start(hashes.ids[0])
        await until_phase(client, hashes, Phase.DOWNLOADING)

    async def test_it_tells_how_much_room_there_is(self, client: TorrentClient) -> None:
        async with asyncio.timeout(30):
            # It takes a moment until it has looked.
            while not (await client.snapshot()).free_bytes:
                await asyncio.sleep(0.1)


class TestStandIn(Contract):
    @pytest.fixture
    def client(self, tmp_path: Path) -> FakeTorrentClient:
        client = FakeTorrentClient(tmp_path / "client.json", step=0.0)
        client.free_bytes = 1_000_000_000
        return client

    async def test_it_outlives_its_process(
        self, client: FakeTorrentClient, tmp_path: Path
    ) -> None:
        link, hashes = file_of()
        await add(client, link, hashes)
        again = FakeTorrentClient(tmp_path / "client.json")
        assert find(await again.snapshot(), hashes) is not None


@pytest.mark.parametrize("server", VERSIONS, indirect=True)
class TestQBittorrent(Contract):
    @pytest.fixture
    def client(self, server: QBittorrent) -> QBittorrentClient:
        return QBittorrentClient(settings(server), SYSTEM_CLOCK)

    async def test_what_it_refuses_is_a_typed_error(
        self, client: QBittorrentClient
    ) -> None:
        _, hashes = file_of()
        with pytest.raises(ClientRefusedError):
            await add(client, Link(torrent=b"no torrent"), hashes)
        assert await client.files("0" * 40) == []

    async def test_wrong_passwords_are_told_from_a_ban(
        self, server: QBittorrent
    ) -> None:
        wrong = replace(settings(server), password="wrong-s3cret")
        client = QBittorrentClient(wrong, SYSTEM_CLOCK)
        for _ in range(8):
            # Believed for a while: asking again would have this address banned.
            with pytest.raises(ClientAuthError) as caught:
                await client.version()
            assert type(caught.value) is ClientAuthError
            assert "s3cret" not in repr(caught.value)
        right = QBittorrentClient(settings(server), SYSTEM_CLOCK)
        assert await right.version()
        errors = []
        for _ in range(8):
            with pytest.raises(ClientAuthError) as caught:
                await QBittorrentClient(wrong, SYSTEM_CLOCK).version()
            errors.append(type(caught.value))
        assert errors[0] is ClientAuthError
        assert errors[-1] is ClientBannedError

    async def test_a_cancelled_call_is_over_before_the_next(
        self, client: QBittorrentClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Or a torrent that was just added would be missed by who removes it."""
        entered = threading.Event()
        order: list[str] = []
        torrents_add = Client.torrents_add

        def slow(*args: Any, **more: Any) -> Any:
            entered.set()
            time.sleep(0.3)
            answer = torrents_add(*args, **more)
            order.append("added")
            return answer

        monkeypatch.setattr(Client, "torrents_add", slow)
        link, hashes = file_of()
        adding = asyncio.create_task(add(client, link, hashes))
        await asyncio.to_thread(entered.wait, 10)
        adding.cancel()
        await client.snapshot()
        order.append("asked")
        with pytest.raises(asyncio.CancelledError):
            await adding
        assert order == ["added", "asked"]

    async def test_it_goes_and_comes_back(
        self, server: QBittorrent, client: QBittorrentClient
    ) -> None:
        link, hashes = file_of()
        await add(client, link, hashes)
        await server.stop()
        with pytest.raises(ClientUnavailableError) as caught:
            await client.snapshot()
        assert str(server.web_port) not in str(caught.value)
        await server.start()
        assert find(await client.snapshot(), hashes) is not None


async def test_a_proxy_whose_client_is_away_is_no_refusal() -> None:
    """It answers 404 or 502 in qBittorrent's place, and downloads go on."""
    for status in (404, 400, 409, 502):

        async def answer(_: web.Request, status: int = status) -> web.Response:
            return web.Response(status=status, text="proxy")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        site = Site(app)
        client = QBittorrentClient(
            ClientSettings(url=await site.start(), username="a", password="b"),
            SYSTEM_CLOCK,
        )
        with pytest.raises(ClientUnavailableError):
            await client.snapshot()
        await site.close()


@pytest.mark.server
@pytest.mark.parametrize("server", [5], indirect=True)
async def test_an_api_key_opens_the_door(server: QBittorrent) -> None:
    answer = await asyncio.to_thread(
        lambda: server.client()._post("app", "rotateAPIKey").text  # noqa: SLF001
    )
    key = json.loads(answer)["apiKey"] if answer.startswith("{") else answer
    good = ClientSettings(url=server.url, api_key=key)
    assert await QBittorrentClient(good, SYSTEM_CLOCK).version()
    bad = ClientSettings(url=server.url, api_key="qbt_" + "x" * 28)
    with pytest.raises(ClientAuthError):
        await QBittorrentClient(bad, SYSTEM_CLOCK).version()


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("pausedDL", Phase.PAUSED),
        ("stoppedDL", Phase.PAUSED),
        ("stoppedUP", Phase.FINISHED),
        ("forcedUP", Phase.FINISHED),
        ("metaDL", Phase.METADATA),
        ("stalledDL", Phase.DOWNLOADING),
        ("missingFiles", Phase.MISSING_FILES),
        ("error", Phase.ERROR),
        ("moving", Phase.WAITING),
        ("checkingUP", Phase.WAITING),
        ("a state of 2030", Phase.WAITING),
        ("", Phase.WAITING),
    ],
)
def test_states_of_all_versions(state: str, phase: Phase) -> None:
    assert phase_of(state) is phase


def test_what_a_client_says_of_its_connection_and_of_a_magnet() -> None:
    maindata = SyncState()
    magnet = {"state": "queuedDL", "total_size": -1, "size": -1}
    server = {"connection_status": "disconnected"}
    first = maindata.merge({"torrents": {"a": magnet}, "server_state": server})
    assert not first.is_connected
    assert not first.torrents["a"].has_names
    known = {"total_size": 900, "size": 500}
    later = maindata.merge({"torrents": {"a": known}, "server_state": {}})
    assert not later.is_connected
    assert later.torrents["a"].has_names
    for status in ("firewalled", "connected", "a status of 2030"):
        server = {"connection_status": status}
        assert maindata.merge({"server_state": server}).is_connected


def test_room_is_unknown_until_the_client_has_looked() -> None:
    """Some versions say for a moment after their start that there is none."""
    maindata = SyncState()
    first = {"full_update": True, "rid": 1, "server_state": {"free_space_on_disk": 0}}
    assert maindata.merge(first).free_bytes is None
    found = {"rid": 2, "server_state": {"free_space_on_disk": 5_000}}
    assert maindata.merge(found).free_bytes == 5_000
    full = SyncState()
    full.merge(first)
    told = [full.merge({"rid": rid}).free_bytes for rid in range(2, 10)]
    assert (told[0], told[-1]) == (None, 0)


def test_where_the_names_of_files_begin() -> None:
    def at(path: str | None, save_path: str | None = "/music") -> TorrentState:
        return TorrentState(
            torrent_id="a",
            hashes=InfoHashes(v1="a"),
            phase=Phase.DOWNLOADING,
            path=path,
            save_path=save_path,
        )

    assert at("/music/Album").folder == "/music"
    assert at("/music/Album").is_in_place
    assert at(None).folder == "/music"
    assert at("/incomplete/Album").folder == "/incomplete"
    assert not at("/incomplete/Album").is_in_place
    assert at("/music2/Album").folder == "/music2"
