"""The actions, as an automation calls them."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import voluptuous as vol

from custom_components.music_agregator.const import DOMAIN, EVENT_STATUS
from custom_components.music_agregator.core.errors import ClientAuthError
from sandbox import catalogue as c
from sandbox.musicbrainz import MusicBrainz
from sandbox.torznab import Torznab
from tests.fakes import FakeTorrentClient, ManualClock

from .conftest import Addresses
from .helpers import Act, state, until_ended


async def test_an_album_is_monitored(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    fired = async_capture_events(hass, EVENT_STATUS)
    answer = await act(
        "monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless"
    )
    assert answer == {
        "run_id": answer["run_id"],
        "album_id": c.GLASS_HARBOUR.album_id,
        "quality": "lossless",
        "artist": "The Paper Lanterns",
        "album": "Glass Harbour",
        "year": 2011,
        "mode": "automatic",
        "status": "fetching_metadata",
        "created": True,
        "seq": 1,
    }
    await until_ended(hass)
    told = (await act("get_events", run_id=answer["run_id"]))["events"]
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert told[-1]["status"] == "downloaded"
    async with asyncio.timeout(30):
        while len(fired) < len(told):
            await asyncio.sleep(0.005)
    for event, row in zip(fired, told, strict=True):
        assert {k: event.data[k] for k in row} == row
        assert event.data["replayed"] is False
    (run,) = (await act("get_runs"))["runs"]
    assert (run["status"], run["artist"], run["title"]) == (
        "downloaded",
        "The Paper Lanterns",
        "Glass Harbour",
    )
    assert len(client.torrents) == 1


async def test_an_album_is_monitored_by_name_and_without_a_response(
    hass: HomeAssistant, act: Act
) -> None:
    await hass.services.async_call(
        DOMAIN,
        "monitor_album",
        {"artist": "Odd Socket", "album": "Tin Weather", "quality": "any"},
        blocking=True,
    )
    await until_ended(hass)
    (run,) = (await act("get_runs", live=False, album_id=c.TIN_WEATHER.album_id))[
        "runs"
    ]
    assert run["status"] == "downloaded"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"album_id": "nonsense"}, "invalid_album_id"),
        ({"album_id": c.mbid("unknown")}, "album_not_found"),
        ({"album": "Nobody Knows"}, "album_not_found"),
        ({}, "album_or_album_id"),
        ({"artist": "Ferro Mere"}, "album_or_album_id"),
        ({"album_id": c.NAEVE.album_id, "album": "x"}, "album_or_album_id"),
        ({"album": "Glass", "artist": "Lanterns"}, "ambiguous_album"),
    ],
)
async def test_what_makes_no_sense_is_said(
    hass: HomeAssistant, act: Act, data: dict[str, str], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act("monitor_album", quality="lossless", **data)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == key
    assert "{" not in str(caught.value)
    assert (await act("get_runs"))["runs"] == []


@pytest.mark.parametrize(
    "data",
    [
        {"quality": "best", "album_id": c.NAEVE.album_id},
        {"quality": "any", "album": "  "},
        {"quality": "any", "album": "x" * 301},
        {"quality": "any", "album": "x", "mode": "telepathic"},
    ],
)
async def test_what_does_not_fit_the_schema_is_refused(
    act: Act, data: dict[str, str]
) -> None:
    with pytest.raises(vol.Invalid):
        await act("monitor_album", **data)


async def test_without_an_indexer(hass: HomeAssistant, addresses: Addresses) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"url": "http://127.0.0.1:1"})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call(
            DOMAIN,
            "monitor_album",
            {"album_id": c.NAEVE.album_id, "quality": "any"},
            blocking=True,
        )
    assert caught.value.translation_key == "no_indexers"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_an_entry(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            DOMAIN, "get_runs", {}, blocking=True, return_response=True
        )


@pytest.mark.parametrize(
    ("album", "quality", "status", "error"),
    [
        (c.UNHEARD, "any", "not_found", "no_results"),
        (c.TIN_WEATHER, "hi_res", "not_found", "nothing_acceptable"),
    ],
)
async def test_an_end_has_its_reason(
    hass: HomeAssistant, act: Act, album: c.Album, quality: str, status: str, error: str
) -> None:
    answer = await act("monitor_album", album_id=album.album_id, quality=quality)
    await until_ended(hass)
    last = (await act("get_events", run_id=answer["run_id"]))["events"][-1]
    assert (last["status"], last["data"]["error"]) == (status, error)
    (run,) = (await act("get_runs"))["runs"]
    assert (run["status"], run["reason"]) == (status, error)
    assert last["data"]["reason"].endswith(".")


async def test_a_wrong_password_is_told(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    client.error = ClientAuthError("refused")
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    await until_ended(hass)
    last = (await act("get_events", run_id=answer["run_id"]))["events"][-1]
    assert (last["status"], last["data"]["error"]) == ("failed", "client_auth")


async def test_metadata_that_cannot_be_had_now(
    hass: HomeAssistant, act: Act, musicbrainz: MusicBrainz, clock: ManualClock
) -> None:
    musicbrainz.is_away = True
    asking = asyncio.create_task(
        act("monitor_album", album="Glass Harbour", quality="any")
    )
    await clock.until_waiting(8)
    clock.advance(8)
    with pytest.raises(HomeAssistantError) as caught:
        await asking
    assert caught.value.translation_key == "metadata_unavailable"
    assert not isinstance(caught.value, ServiceValidationError)


async def test_cancel_and_retry(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    assert [r["run_id"] for r in (await act("get_runs", live=True))["runs"]] == [
        answer["run_id"]
    ]
    with pytest.raises(ServiceValidationError) as caught:
        await act("retry", run_id=answer["run_id"])
    assert caught.value.translation_key == "run_live"
    run = await act("cancel", run_id=answer["run_id"], delete_files=True)
    assert run["status"] == "cancelled"
    with pytest.raises(ServiceValidationError) as caught:
        await act("cancel", run_id=answer["run_id"])
    assert caught.value.translation_key == "run_ended"
    with pytest.raises(ServiceValidationError) as caught:
        await act("cancel", run_id="nothing")
    assert caught.value.translation_key == "run_not_found"
    client.step = 0.5
    again = await act("retry", run_id=answer["run_id"])
    assert again["created"]
    await until_ended(hass)
    newest = (await act("get_runs", limit=1))["runs"][0]
    assert (newest["run_id"], newest["status"]) == (again["run_id"], "downloaded")


async def test_no_secret_is_in_any_answer(
    hass: HomeAssistant, act: Act, indexer: Torznab, caplog: pytest.LogCaptureFixture
) -> None:
    fired = async_capture_events(hass, "*")
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until_ended(hass)
    shown = [
        repr(await act("get_events")),
        repr(await act("get_runs")),
        repr(hass.states.async_all()),
        repr([event.data for event in fired]),
        caplog.text,
    ]
    for text in shown:
        for secret in ("sandbox-key-8c1f", "passkey-77", "s3cret-password"):
            assert secret not in text


async def test_a_dry_run_tells_what_would_be_picked_and_why(
    hass: HomeAssistant, act: Act, client: FakeTorrentClient
) -> None:
    answer = await act(
        "search_releases",
        artist="Ferro Mere",
        album="Slow Cartography",
        quality="hi_res",
    )
    assert (answer["album_id"], answer["quality"]) == (
        c.SLOW_CARTOGRAPHY.album_id,
        "hi_res",
    )
    best, *rest = answer["candidates"]
    assert best["title"] == "Ferro Mere - Slow Cartography (2017) [FLAC 24-96]"
    assert (best["rank"], best["accepted"], best["quality"]) == (1, True, "FLAC 24/96")
    assert best["score"] == pytest.approx(
        sum(part["points"] for part in best["parts"]), abs=0.6
    )
    assert all(part["sentence"] for part in best["parts"])
    told = {r["sentence"] for one in rest for r in one["reasons"]}
    assert "FLAC does not fit the quality hi_res." in told
    assert answer["accepted"] == 1
    assert "magnet:" not in str(answer)
    assert "http" not in str(answer)
    # Nothing was saved, started or added.
    assert (await act("get_runs"))["runs"] == []
    assert client.torrents == {}


async def test_a_dry_run_speaks_the_language_of_the_household(
    hass: HomeAssistant, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def translations(*_: Any) -> dict[str, str]:
        key = "component.music_agregator.exceptions.candidate_{}.message"
        return {
            key.format("wrong_quality"): "{found} passt nicht zu {wanted}.",
            key.format("score_year"): "{nothing} like it",
        }

    monkeypatch.setattr(
        "custom_components.music_agregator.assist.phrasing.async_get_translations",
        translations,
    )
    answer = await act(
        "search_releases",
        album_id=c.SLOW_CARTOGRAPHY.album_id,
        quality="hi_res",
        limit=2,
    )
    assert len(answer["candidates"]) == 2
    told = str(answer)
    assert "FLAC passt nicht zu hi_res." in told
    assert "An edition came out in 2017." in told


async def test_a_ladder_is_climbed_down(hass: HomeAssistant, act: Act) -> None:
    album_id = c.GLASS_HARBOUR.album_id
    answer = await act(
        "monitor_album", album_id=album_id, quality=["hi_res", "lossless", "high"]
    )
    assert answer["quality"] == "hi_res"
    await until_ended(hass)
    told = (await act("get_events", run_id=answer["run_id"]))["events"]
    data = {event["status"]: event["data"] for event in told}
    assert data["fetching_metadata"]["ladder"] == ["hi_res", "lossless", "high"]
    assert data["parsing_results"]["profile"] == "lossless"
    assert data["adding_torrent"]["quality"] == "FLAC"
    (run,) = (await act("get_runs"))["runs"]
    assert run["ladder"] == ["lossless", "high"]
    again = await act("retry", run_id=answer["run_id"])
    await until_ended(hass)
    told = (await act("get_events", run_id=again["run_id"]))["events"]
    assert told[0]["data"]["ladder"] == ["hi_res", "lossless", "high"]


@pytest.mark.parametrize("quality", [[], ["lossless", "lossless"], ["loud"], "loud"])
async def test_a_ladder_must_make_sense(act: Act, quality: Any) -> None:
    for action in ("monitor_album", "search_releases"):
        with pytest.raises(vol.Invalid):
            await act(action, album_id=c.GLASS_HARBOUR.album_id, quality=quality)


async def test_the_winner_says_by_how_much_it_beat_the_second(
    hass: HomeAssistant, act: Act
) -> None:
    answer = await act(
        "monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="any"
    )
    await until_ended(hass)
    told = (await act("get_events", run_id=answer["run_id"]))["events"]
    chosen = next(e["data"] for e in told if e["status"] == "adding_torrent")
    assert chosen["second"]["title"].endswith("[MP3 320]")
    assert chosen["second"]["ahead"] > 0
    assert sum(chosen["second"]["by"].values()) == pytest.approx(
        chosen["second"]["ahead"], abs=0.6
    )
    assert any("FLAC is choice 2 of 6" in sentence for sentence in chosen["why"])
    searching = next(e["data"] for e in told if e["status"] == "searching")
    assert searching["queries"][0] == "The Paper Lanterns Glass Harbour"
    parsed = next(e["data"] for e in told if e["status"] == "parsing_results")
    assert parsed["queries"] == searching["queries"][:1]


async def test_a_search_that_goes_on_is_told_and_can_be_ended(
    hass: HomeAssistant, act: Act, loaded: MockConfigEntry
) -> None:
    answer = await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "not_found"
    now = loaded.runtime_data.app.clock.now()
    assert now < run["next_search_at"] <= now + 3_600 * 1.1
    await hass.async_block_till_done()
    assert state(hass, "sensor.music_agregator_wanted_albums").state == "1"
    ended = await act("cancel", run_id=answer["run_id"])
    assert ended["status"] == "not_found"
    await hass.async_block_till_done()
    assert state(hass, "sensor.music_agregator_wanted_albums").state == "0"
    (run,) = (await act("get_runs"))["runs"]
    assert run["next_search_at"] is None
    with pytest.raises(ServiceValidationError) as caught:
        await act("cancel", run_id=answer["run_id"])
    assert caught.value.translation_key == "run_ended"
