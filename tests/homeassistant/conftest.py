"""A Home Assistant with a recorder on a file, and the light sandbox beside it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.music_agregator.const import DOMAIN, SUBENTRY_TYPE_INDEXER
from sandbox.catalogue import OFFERS
from sandbox.musicbrainz import MusicBrainz
from sandbox.torznab import API_KEY, Torznab
from sandbox.web import Site
from tests.fakes import FakeTorrentClient, ManualClock, light_torrent

from .helpers import Act

CLIENT_URL = "http://127.0.0.1:8080"
CLIENT_PASSWORD = "s3cret-password"


@pytest.fixture
def persistent_database() -> bool:
    """A database in a file, whose locks are real."""
    return True


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: object) -> None:
    """The recorder stands before Home Assistant."""


@pytest.fixture(autouse=True)
def ready(
    hass: HomeAssistant,
    tmp_path_factory: pytest.TempPathFactory,
    recorder_mock: Recorder,
    enable_custom_integrations: None,
    socket_enabled: None,
) -> None:
    """Every test has a recorder, our integration, and a folder that no other test has."""
    hass.config.config_dir = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """States are written as soon as they change; test_pace.py takes this back."""
    for name in ("WRITE_SECONDS", "PROGRESS_SECONDS"):
        monkeypatch.setattr(f"custom_components.music_agregator.entity.{name}", 0.0)


@pytest.fixture(autouse=True)
def nothing_deprecated(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Home Assistant's log must not say that something of ours will stop working."""
    yield
    complaints = [
        record.getMessage()
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if "music_agregator" in record.getMessage()
        and re.search(r"deprecated|will stop working|report_usage", record.getMessage())
    ]
    assert complaints == []


@pytest.fixture
def client() -> FakeTorrentClient:
    return FakeTorrentClient()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def indexer() -> Torznab:
    return Torznab([light_torrent(offer) for offer in OFFERS])


@pytest.fixture
def musicbrainz() -> MusicBrainz:
    return MusicBrainz()


class Addresses:
    """Where the stand-ins are."""

    musicbrainz: str
    torznab: str


@pytest.fixture
async def addresses(
    musicbrainz: MusicBrainz,
    indexer: Torznab,
    client: FakeTorrentClient,
    clock: ManualClock,
) -> AsyncIterator[Addresses]:
    """The stand-ins on loopback, and in the place of qBittorrent and of time."""
    found = Addresses()
    sites = [Site(musicbrainz.make_app()), Site(indexer.make_app())]
    found.musicbrainz = await sites[0].start()
    found.torznab = await sites[1].start() + "/api"
    base = "custom_components.music_agregator"
    with (
        patch(f"{base}.core.app.QBittorrentClient", return_value=client),
        patch(f"{base}.config.validation.QBittorrentClient", return_value=client),
        patch(f"{base}.bridge.app_factory.SYSTEM_CLOCK", clock),
    ):
        yield found
    for site in sites:
        await site.close()


@pytest.fixture
async def entry(
    hass: HomeAssistant, addresses: Addresses, clock: ManualClock
) -> AsyncIterator[MockConfigEntry]:
    """An entry with one indexer, added and not set up; nothing of it lingers."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Music Agregator",
        data={
            "url": CLIENT_URL,
            "username": "admin",
            "password": CLIENT_PASSWORD,
            "verify_ssl": True,
        },
        options={
            # Time flies here: what is to stand still would stall before long.
            "downloads": {"stall_minutes": 0},
            "upkeep": {"musicbrainz_url": addresses.musicbrainz},
        },
        version=2,
        subentries_data=[
            ConfigSubentryData(
                data={"name": "Sandbox", "url": addresses.torznab, "api_key": API_KEY},
                subentry_type=SUBENTRY_TYPE_INDEXER,
                title="Sandbox",
                unique_id=addresses.torznab,
            )
        ],
    )
    entry.add_to_hass(hass)
    yield entry
    clock.fly()
    is_there = hass.config_entries.async_get_entry(entry.entry_id) is not None
    if is_there and entry.state.recoverable:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """The entry, set up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def act(hass: HomeAssistant, loaded: MockConfigEntry) -> Act:
    """Call an action of ours and return its response."""

    async def act(action: str, **data: Any) -> Any:
        response = await hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=True
        )
        assert response is not None
        return response

    return act


@pytest.fixture
def integration_folder() -> Path:
    return Path(__file__).parents[2] / "custom_components/music_agregator"
