"""The flows: every error, and the way on from it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.music_agregator.config.core_settings import (
    core_settings,
    preferences,
)
from custom_components.music_agregator.config.options import OPTIONS_SCHEMA
from custom_components.music_agregator.const import DOMAIN
from custom_components.music_agregator.core.errors import (
    ClientAuthError,
    ClientBannedError,
    ClientRefusedError,
    ClientUnavailableError,
    IndexerError,
)
from custom_components.music_agregator.core.quality import QualityPreferences
from custom_components.music_agregator.core.settings import (
    EditionPreference,
    Preferences,
    WordingPreference,
)
from sandbox.torznab import API_KEY
from tests.fakes import FakeTorrentClient

from .conftest import CLIENT_URL, Addresses

USER = {
    "url": CLIENT_URL,
    "username": "admin",
    "password": "pw",
    "verify_ssl": True,
}


def limits(entry: ConfigEntry) -> dict[str, Any]:
    """What the core is told of the options, beside the preferences."""
    told = asdict(core_settings(entry, "tests"))
    others = {"instance", "client", "indexers", "musicbrainz_url", "user_agent"}
    return {n: v for n, v in told.items() if n not in {*others, "preferences"}}


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
    assert entry.runtime_data.app.indexers.names == ["Sandbox"]
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
    assert again["errors"] == {"url": "already_configured"}
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

        path = "custom_components.music_agregator.config.validation.TorznabIndexer.caps"
        monkeypatch.setattr(path, broken)
        form = await add_indexer(hass, loaded, name="A", url="http://127.0.0.1:9/x")
        assert form["errors"] == {"base": said}


def chosen(**sections: dict[str, Any]) -> dict[str, Any]:
    """What the form sends: every section, with what was changed in it."""
    names = tuple(map(str, OPTIONS_SCHEMA.schema))
    return {name: sections.get(name, {}) for name in names}


async def test_options(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    addresses: Addresses,
    tmp_path: Path,
) -> None:
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    form = await hass.config_entries.options.async_configure(
        flow["flow_id"], chosen(upkeep={"musicbrainz_url": "nowhere"})
    )
    assert form["errors"] == {"base": "invalid_musicbrainz_url"}
    form = await hass.config_entries.options.async_configure(
        flow["flow_id"], chosen(releases={"minimum_size": 500, "maximum_size": 100})
    )
    assert form["errors"] == {"base": "sizes_contradict"}
    for folder in ("music", str(tmp_path / "nowhere")):
        form = await hass.config_entries.options.async_configure(
            flow["flow_id"], chosen(library={"library_folders": [folder]})
        )
        assert form["errors"] == {"base": "no_folder"}
        assert form["description_placeholders"] == {"folder": folder}
    for half in ({"client_folder": "/downloads"}, {"home_folder": str(tmp_path)}):
        form = await hass.config_entries.options.async_configure(
            flow["flow_id"], chosen(downloads=half)
        )
        assert form["errors"] == {"base": "half_mapped"}
    wanted = {
        "quality": {
            "quality": ["hi_res", "lossless"],
            "lossless_prefers_hi_res": True,
            "high_accepts_lossless": False,
        },
        "releases": {
            "edition": "most_complete",
            "wording": "explicit",
            "minimum_seeders": 3,
            "minimum_size": 100,
            "maximum_size": 4_000,
            "required_words": ["FLAC"],
            "ignored_words": ["vinyl"],
            "allow_packs": True,
            "link_hosts": ["nas.local"],
        },
        "asking": {"ask_above": 2, "selection_hours": 12},
        "downloads": {
            "save_path": "/music",
            "category": "music",
            "client_folder": "/music",
            "home_folder": str(tmp_path),
            "stall_minutes": 45,
            "most_attempts": 3,
        },
        "library": {"library_folders": [str(tmp_path)], "wait_for_library": True},
        "wanted": {"wanted_days": 60, "step_down_days": 14},
        "voice": {"sentences": False, "llm_tools": False},
        "upkeep": {
            "retention_days": 30,
            "album_entities": True,
            "shown_hours": 2,
            "musicbrainz_url": addresses.musicbrainz,
        },
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
        minimum_bytes=100_000_000,
        maximum_bytes=4_000_000_000,
        required_words=("FLAC",),
        ignored_words=("vinyl",),
        allow_packs=True,
        indexer_priorities={
            subentry.title: 25 for subentry in loaded.subentries.values()
        },
    )
    assert limits(loaded) == {
        "save_path": "/music",
        "category": "music",
        "client_folder": "/music",
        "home_folder": str(tmp_path),
        "stall_seconds": 2_700.0,
        "most_attempts": 3,
        "library_folders": (str(tmp_path),),
        "waits_for_library": True,
        "wanted_seconds": 60 * 86_400.0,
        "step_down_seconds": 14 * 86_400.0,
        "ask_above_bytes": 2_000_000_000,
        "selection_seconds": 43_200.0,
        "retention_seconds": 2_592_000.0,
        "link_hosts": ("nas.local",),
    }
    assert limits(loaded) == {
        name: getattr(loaded.runtime_data.app.settings, name) for name in limits(loaded)
    }


async def test_without_options_only_what_most_would_want_limits(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(entry, options={})
    assert limits(entry) == {
        "save_path": None,
        "category": "music_agregator",
        "client_folder": None,
        "home_folder": None,
        "stall_seconds": 1_800.0,
        "most_attempts": 5,
        "library_folders": (),
        "waits_for_library": False,
        "wanted_seconds": 365 * 86_400.0,
        "step_down_seconds": None,
        "ask_above_bytes": None,
        "selection_seconds": None,
        "retention_seconds": 180 * 86_400.0,
        "link_hosts": (),
    }


async def test_a_quality_has_to_be_ticked(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await hass.config_entries.options.async_init(loaded.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            flow["flow_id"], chosen(quality={"quality": []})
        )


async def test_another_login(
    hass: HomeAssistant, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    flow = await loaded.start_reauth_flow(hass)
    assert flow["step_id"] == "reauth_confirm"
    client.error = ClientAuthError()
    configure = hass.config_entries.flow.async_configure
    form = await configure(flow["flow_id"], {"username": "me", "password": "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    assert loaded.data["username"] == "admin"
    client.error = None
    done = await configure(flow["flow_id"], {"username": "me", "password": "right"})
    assert (done["type"], done["reason"]) == (
        FlowResultType.ABORT,
        "reauth_successful",
    )
    await hass.async_block_till_done()
    assert loaded.data == {**USER, "username": "me", "password": "right"}


async def test_the_same_login_again_starts_afresh(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    app = loaded.runtime_data.app
    flow = await loaded.start_reauth_flow(hass)
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert loaded.runtime_data.app is not app


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        (
            {"username": "u", "password": "p"},
            {"api_key": "k"},
            {"api_key": "k"},
        ),
        (
            {"api_key": "k"},
            {"username": "u", "password": "p"},
            {"username": "u", "password": "p"},
        ),
        (
            {"username": "u", "password": "p"},
            {"username": "v"},
            {"username": "v", "password": "p"},
        ),
        # An emptied user name: no login is needed any more.
        ({"username": "u", "password": "p"}, {}, {}),
        ({"api_key": "k"}, {}, {"api_key": "k"}),
    ],
)
async def test_qbittorrent_is_elsewhere_now(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    before: dict[str, str],
    given: dict[str, str],
    after: dict[str, str],
) -> None:
    where = {"url": "http://127.0.0.1:9090", "verify_ssl": False}
    hass.config_entries.async_update_entry(
        entry, data={"url": CLIENT_URL, "verify_ssl": True, **before}
    )
    flow = await entry.start_reconfigure_flow(hass)
    shown = {str(k): (k.description or {}) for k in flow["data_schema"].schema}
    assert shown["url"]["suggested_value"] == CLIENT_URL
    assert "suggested_value" not in shown["password"]
    assert "suggested_value" not in shown["api_key"]
    form = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {**where, **given, "url": "here"}
    )
    assert form["errors"] == {"url": "invalid_url"}
    done = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {**where, **given}
    )
    assert done["reason"] == "reconfigure_successful"
    assert entry.data == {**where, **after}
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_indexer_is_corrected(
    hass: HomeAssistant, loaded: MockConfigEntry, addresses: Addresses
) -> None:
    made = await add_indexer(
        hass, loaded, name="Another", url=f"{addresses.torznab}?y=2", api_key=API_KEY
    )
    assert made["type"] is FlowResultType.CREATE_ENTRY
    another = next(s for s in loaded.subentries.values() if s.title == "Another")
    flow = await loaded.start_subentry_reconfigure_flow(hass, another.subentry_id)
    shown = {str(k): (k.description or {}) for k in flow["data_schema"].schema}
    assert shown["name"]["suggested_value"] == "Another"
    assert "suggested_value" not in shown["api_key"]
    configure = hass.config_entries.subentries.async_configure
    data = {"name": "Third", "url": addresses.torznab, "priority": 1}
    form = await configure(flow["flow_id"], data)
    assert form["errors"] == {"url": "already_configured"}
    data["url"] = f"{addresses.torznab}?z=3"
    form = await configure(flow["flow_id"], {**data, "name": "sandbox"})
    assert form["errors"] == {"name": "name_taken"}
    form = await configure(flow["flow_id"], {**data, "api_key": "wrong"})
    assert form["errors"] == {"base": "invalid_api_key"}
    done = await configure(flow["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    third = loaded.subentries[another.subentry_id]
    assert (third.title, third.unique_id) == ("Third", data["url"])
    assert third.data == {**data, "api_key": API_KEY}
    assert preferences(loaded).indexer_priorities == {"Sandbox": 25, "Third": 1}


async def test_a_key_in_a_pasted_address_becomes_the_key(
    hass: HomeAssistant, loaded: MockConfigEntry, addresses: Addresses
) -> None:
    url = f"{addresses.torznab}?x=1&apikey={API_KEY}"
    blank = await add_indexer(hass, loaded, name="  ", url=url)
    assert blank["errors"] == {"name": "no_name"}
    made = await add_indexer(hass, loaded, name=" Pasted ", url=url)
    assert made["type"] is FlowResultType.CREATE_ENTRY
    pasted = next(s for s in loaded.subentries.values() if s.title == "Pasted")
    assert pasted.data["api_key"] == API_KEY
    assert pasted.data["url"] == f"{addresses.torznab}?x=1"
    # A new key in a newly pasted address takes the place of the old one.
    hass.config_entries.async_update_subentry(
        loaded, pasted, data={**pasted.data, "api_key": "old"}
    )
    flow = await loaded.start_subentry_reconfigure_flow(hass, pasted.subentry_id)
    done = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"name": "Pasted", "url": url, "api_key": "", "priority": 25}
    )
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    pasted = loaded.subentries[pasted.subentry_id]
    assert pasted.data["api_key"] == API_KEY


async def test_an_entry_of_version_1_goes_on(
    hass: HomeAssistant, addresses: Addresses
) -> None:
    old = MockConfigEntry(
        domain=DOMAIN,
        version=1,
        data=USER,
        options={
            "edition": "most_complete",
            "minimum_seeders": 3,
            "save_path": "/music",
            "musicbrainz_url": addresses.musicbrainz,
        },
    )
    old.add_to_hass(hass)
    assert await hass.config_entries.async_setup(old.entry_id)
    assert old.version == 3
    assert old.options == {
        "quality": {},
        "releases": {"edition": "most_complete", "minimum_seeders": 3},
        "asking": {},
        "downloads": {"save_path": "/music"},
        "library": {},
        "wanted": {},
        "voice": {},
        # There were entities for every album: that goes on.
        "upkeep": {"musicbrainz_url": addresses.musicbrainz, "album_entities": True},
    }
    assert preferences(old).minimum_seeders == 3
    assert limits(old)["save_path"] == "/music"
    await hass.config_entries.async_unload(old.entry_id)


async def test_an_entry_of_a_later_version_is_left_alone(
    hass: HomeAssistant, addresses: Addresses
) -> None:
    later = MockConfigEntry(domain=DOMAIN, version=4, data=USER, options={"x": {}})
    later.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(later.entry_id)
    assert later.state is ConfigEntryState.MIGRATION_ERROR
    assert (later.version, later.options) == (4, {"x": {}})
