"""The flows: every error, and the way on from it."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.decision import (
    EditionPreference,
    Preferences,
    WordingPreference,
)
from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
    IndexerError,
)
from custom_components.music_agregator.core.quality import QualityPreferences
from custom_components.music_agregator.runtime import preferences
from sandbox.torznab import API_KEY
from tests.fakes import FakeTorrentClient

from .conftest import CLIENT_URL, Addresses

USER = {
    "url": CLIENT_URL,
    "username": "admin",
    "password": "pw",
    "verify_ssl": True,
}


async def begin(hass: HomeAssistant) -> dict[str, Any]:
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert (flow["type"], flow["errors"]) == (FlowResultType.FORM, {})
    return flow  # type: ignore[return-value]


async def test_qbittorrent_then_the_first_indexer(
    hass: HomeAssistant, addresses: Addresses
) -> None:
    flow = await begin(hass)
    made = await hass.config_entries.flow.async_configure(flow["flow_id"], USER)
    assert made["type"] is FlowResultType.CREATE_ENTRY
    assert made["data"] == USER
    entry = made["result"]
    kind, next_flow = made["next_flow"]
    assert kind == "config_subentries_flow"
    added = await hass.config_entries.subentries.async_configure(
        next_flow,
        {"name": "Sandbox", "url": f" {addresses.torznab} ", "api_key": API_KEY},
    )
    assert added["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    (subentry,) = entry.subentries.values()
    assert (subentry.title, subentry.unique_id) == ("Sandbox", addresses.torznab)
    # The new indexer is in use without anybody's doing.
    assert entry.runtime_data._parts.indexers.names == ["Sandbox"]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClientUnavailableError(), "cannot_connect"),
        (ClientAuthError(), "invalid_auth"),
        (ClientBannedError(), "banned"),
        (ClientRefusedError(), "not_qbittorrent"),
        (ZeroDivisionError(), "unknown"),
    ],
)
async def test_qbittorrent_does_not_let_us_in(
    hass: HomeAssistant,
    addresses: Addresses,
    client: FakeTorrentClient,
    error: Exception,
    said: str,
) -> None:
    flow = await begin(hass)
    client.error = error
    form = await hass.config_entries.flow.async_configure(flow["flow_id"], USER)
    assert (form["type"], form["errors"]) == (FlowResultType.FORM, {"base": said})
    client.error = None
    made = await hass.config_entries.flow.async_configure(flow["flow_id"], USER)
    assert made["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_unload(made["result"].entry_id)


@pytest.mark.parametrize(
    "url", ["", "qbittorrent", "ftp://x", "http://", "http://[x", "http://admin:pw@x:1"]
)
async def test_an_address_has_to_be_one(
    hass: HomeAssistant, addresses: Addresses, url: str
) -> None:
    flow = await begin(hass)
    form = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {**USER, "url": url}
    )
    assert form["errors"] == {"url": "invalid_url"}


async def test_there_is_one_entry_at_most(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "single_instance_allowed"


async def add_indexer(
    hass: HomeAssistant, entry: MockConfigEntry, **data: str
) -> dict[str, Any]:
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "indexer"), context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], data)
    await hass.async_block_till_done()
    return result  # type: ignore[return-value]


async def test_an_indexer_is_asked_before_it_is_saved(
    hass: HomeAssistant, loaded: MockConfigEntry, addresses: Addresses
) -> None:
    cases = {
        "invalid_api_key": {"url": addresses.torznab + "?x=1", "api_key": "wrong"},
        "not_torznab": {"url": addresses.musicbrainz},
        "cannot_connect": {"url": "http://127.0.0.1:9/api"},
    }
    for said, data in cases.items():
        form = await add_indexer(hass, loaded, name="Another", **data)
        assert (form["type"], form["errors"]) == (FlowResultType.FORM, {"base": said})
    form = await add_indexer(hass, loaded, name="Another", url="nothing")
    assert form["errors"] == {"url": "invalid_url"}
    again = await add_indexer(hass, loaded, name="Same", url=addresses.torznab)
    assert again["reason"] == "already_configured"
    made = await add_indexer(
        hass, loaded, name="Another", url=addresses.torznab + "?y=2", api_key=API_KEY
    )
    assert made["type"] is FlowResultType.CREATE_ENTRY
    assert len(loaded.subentries) == 2


async def test_an_indexer_that_breaks_us_is_an_unknown_error(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    addresses: Addresses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for error, said in ((ZeroDivisionError, "unknown"), (IndexerError, "not_torznab")):

        async def broken(self: object, error: type[Exception] = error) -> None:
            raise error

        path = "custom_components.music_agregator.config_flow.TorznabIndexer.caps"
        monkeypatch.setattr(path, broken)
        form = await add_indexer(hass, loaded, name="A", url="http://127.0.0.1:9/x")
        assert form["errors"] == {"base": said}


async def test_options(
    hass: HomeAssistant, loaded: MockConfigEntry, addresses: Addresses
) -> None:
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    form = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"musicbrainz_url": "nowhere"}
    )
    assert form["errors"] == {"musicbrainz_url": "invalid_url"}
    wanted = {
        "edition": "most_complete",
        "wording": "explicit",
        "lossless_prefers_hi_res": True,
        "high_accepts_lossless": False,
        "allow_packs": True,
        "minimum_seeders": 3,
        "required_words": ["FLAC"],
        "ignored_words": ["vinyl"],
        "save_path": "/music",
    }
    done = await hass.config_entries.options.async_configure(flow["flow_id"], wanted)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert loaded.options == wanted
    assert preferences(loaded) == Preferences(
        quality=QualityPreferences(
            lossless_prefers_hi_res=True, high_accepts_lossless=False
        ),
        edition=EditionPreference.MOST_COMPLETE,
        wording=WordingPreference.EXPLICIT,
        minimum_seeders=3,
        required_words=("FLAC",),
        ignored_words=("vinyl",),
        allow_packs=True,
        indexer_priorities={
            subentry.title: 25 for subentry in loaded.subentries.values()
        },
    )
