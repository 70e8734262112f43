"""The founding sequence, through the App, on a real store."""

import asyncio
import logging
from pathlib import Path
import re
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from custom_components.music_agregator.core.errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
    ClientAuthError,
    InvalidAlbumIdError,
    NoIndexersError,
    RunEndedError,
    RunLiveError,
    RunNotFoundError,
)
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    MonitorRequest,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.store import candidates, downloads, events
from custom_components.music_agregator.core.store.tables import DOWNLOADS, METADATA
from custom_components.music_agregator.core.torrents.client import Phase
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient, KeptDatabase, LightWorld
from tests.helpers import statuses

HAPPY = [
    "fetching_metadata",
    "checking_owned",
    "searching",
    "parsing_results",
    "adding_torrent",
    "complete",
    "downloading",
]


async def test_an_album_comes_to_lie_on_disk(world: LightWorld) -> None:
    story = await world.get(c.GLASS_HARBOUR)
    assert statuses(story)[:7] == HAPPY
    assert statuses(story)[-1] == "downloaded"
    assert [event.seq for event in story] == list(range(1, len(story) + 1))
    by_status = {event.status: dict(event.data) for event in story}
    album = by_status[S.CHECKING_OWNED]
    assert album == {
        "artist": "The Paper Lanterns",
        "album": "Glass Harbour",
        "artists": ["The Paper Lanterns"],
        "first_release_date": "2011-04-02",
        "track_count": 3,
        "length_ms": 63_000,
        "has_cover": False,
    }
    parsed = by_status[S.PARSING_RESULTS]
    assert (parsed["found"], parsed["accepted"]) == (3, 1)
    chosen = by_status[S.ADDING_TORRENT]
    assert chosen["title"] == "The Paper Lanterns - Glass Harbour (2011) [FLAC]"
    assert chosen["info_hash"] == world.seeded[0].info_hash
    assert (chosen["rank"], chosen["attempt"], chosen["quality"]) == (1, 1, "FLAC")
    assert chosen["score"] == pytest.approx(sum(chosen["parts"].values()), abs=0.2)
    done = by_status[S.DOWNLOADED]
    name = world.seeded[0].info_hash
    assert re.fullmatch(
        rf"/downloads/The Paper Lanterns - Glass Harbour {{{name[:8]}\.\w+}}/{name}",
        done["path"],
    )
    assert (done["files"], done["tracks"]) == (4, 3)
    assert done["looked_into"] is False
    (torrent,) = world.client.torrents.values()
    run_id = story[0].run_id
    assert set(torrent["tags"]) == {"music_agregator", f"music_agregator:test:{run_id}"}
    assert world.app.live_runs == []


async def test_downloading_is_told_once_though_it_is_finished_at_once(
    database: KeptDatabase, socket_enabled: None
) -> None:
    client = FakeTorrentClient(step=1.0)
    async with LightWorld(database=database, client=client) as world:
        story = await world.get(c.GLASS_HARBOUR)
    assert statuses(story)[-3:] == ["complete", "downloading", "downloaded"]


async def test_the_tenths_are_told_once_each(
    database: KeptDatabase, socket_enabled: None
) -> None:
    client = FakeTorrentClient(step=0.04)
    async with LightWorld(database=database, client=client) as world:
        story = await world.get(c.GLASS_HARBOUR)
    percents = [e.data["percent"] for e in story if e.status is S.DOWNLOADING]
    assert [percent // 10 for percent in percents[1:]] == list(range(1, 10))


async def test_the_row_is_saved_before_the_client_is_asked(world: LightWorld) -> None:
    """Promise 3: a `downloads` row exists before qBittorrent is told."""
    rows: list[int] = []
    add = world.client.add

    def count(connection: Connection) -> int:
        return connection.execute(
            select(func.count()).select_from(DOWNLOADS)
        ).scalar_one()

    async def looking(*args: Any, **kwargs: Any) -> None:
        rows.append(await world.database.read(count))
        await add(*args, **kwargs)

    world.client.add = looking  # type: ignore[method-assign]
    await world.get(c.GLASS_HARBOUR)
    assert rows == [1]


async def test_twenty_ask_at_once(world: LightWorld) -> None:
    album_id = c.GLASS_HARBOUR.album_id

    async def ask() -> tuple[dict[str, Any], list[AlbumEvent]]:
        answer = await world.ask(c.GLASS_HARBOUR)
        return answer, await world.story(0, album_id=album_id)

    async def leave_in_the_middle() -> None:
        subscription, _ = await world.app.bus.catch_up(since_seq=0, album_id=album_id)
        async for event in subscription:
            if event.status is S.SEARCHING:
                subscription.close()

    leaving = asyncio.create_task(leave_in_the_middle())
    heard = await asyncio.gather(*(ask() for _ in range(20)))
    await leaving
    answers = [answer for answer, _ in heard]
    assert len({answer["run_id"] for answer in answers}) == 1
    assert [answer["created"] for answer in answers].count(True) == 1
    stories = [story for _, story in heard]
    assert all(story == stories[0] for story in stories)
    assert statuses(stories[0])[-1] == "downloaded"
    assert [t["added"] for t in world.client.torrents.values()] == [1]
    last = stories[0][-1].seq
    for since in range(last):
        late = await world.story(since, album_id=album_id)
        assert [event.seq for event in late] == list(range(since + 1, last + 1))


async def test_owned_music_is_not_got_again(world: LightWorld) -> None:
    first = await world.get(c.GLASS_HARBOUR)
    again = await world.get(c.GLASS_HARBOUR)
    assert statuses(again) == ["fetching_metadata", "checking_owned", "already_owned"]
    assert again[-1].data["owner"] == first[0].run_id
    assert "on disk already" in again[-1].data["reason"]
    # Well enough for a lower profile, and not for a higher one.
    lower = await world.get(c.GLASS_HARBOUR, Q.ANY)
    assert lower[-1].status is S.ALREADY_OWNED
    higher = await world.get(c.GLASS_HARBOUR, Q.HI_RES)
    assert higher[-1].status is S.NOT_FOUND


async def test_what_was_removed_is_got_again(world: LightWorld) -> None:
    await world.get(c.GLASS_HARBOUR)
    world.client.torrents.clear()
    again = await world.get(c.GLASS_HARBOUR)
    assert again[-1].status is S.DOWNLOADED
    assert len(world.client.torrents) == 1


@pytest.mark.parametrize(
    ("album", "quality", "code", "words"),
    [
        (c.UNHEARD, Q.ANY, "no_results", "No indexer has this album"),
        (c.TIN_WEATHER, Q.LOSSLESS, "nothing_acceptable", "wrong quality: 1"),
    ],
)
async def test_what_cannot_be_had_ends_with_a_reason(
    world: LightWorld, album: c.Album, quality: Q, code: str, words: str
) -> None:
    story = await world.get(album, quality)
    assert story[-1].status is S.NOT_FOUND
    assert story[-1].data["error"] == code
    assert words in story[-1].data["reason"]
    assert world.client.torrents == {}


@pytest.mark.parametrize(
    ("album", "quality", "title"),
    [
        (c.GLASS_HARBOUR, Q.HIGH, "The Paper Lanterns - Glass Harbour (2011) [MP3 320]"),
        (c.GLASS_HARBOUR_LIVE, Q.ANY, "The Paper Lanterns - Glass Harbour (Live) (2013) [FLAC]"),
        (c.TIDEPOOL_SAMPLER, Q.LOSSLESS, "VA - Tidepool Sampler (2004) [FLAC]"),
        (c.NAEVE, Q.LOSSLESS, "Angstrom and Sohne - Naeve Ca Ira (1998) [FLAC]"),
        (c.SLOW_CARTOGRAPHY, Q.LOSSLESS, "Ferro Mere - Slow Cartography (1987) [FLAC]"),
        (c.SLOW_CARTOGRAPHY, Q.HI_RES, "Ferro Mere - Slow Cartography (2017) [FLAC 24-96]"),
        (c.TIN_WEATHER, Q.ANY, "Odd Socket - Tin Weather (2009) [MP3 128]"),
    ],
)  # fmt: skip
async def test_the_right_release_is_picked(
    world: LightWorld, album: c.Album, quality: Q, title: str
) -> None:
    story = await world.get(album, quality)
    (chosen,) = [e for e in story if e.status is S.ADDING_TORRENT]
    assert chosen.data["title"] == title
    assert story[-1].status is S.DOWNLOADED


async def test_the_next_candidate_follows_a_refused_one(world: LightWorld) -> None:
    world.client.refuses = {world.seeded[1].info_hash}
    story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    chosen = [e.data for e in story if e.status is S.ADDING_TORRENT]
    assert [(d["rank"], d["attempt"]) for d in chosen] == [(1, 1), (2, 2)]
    assert statuses(story)[4:7] == ["adding_torrent", "adding_torrent", "complete"]
    assert story[-1].status is S.DOWNLOADED


async def test_refused_by_all_is_an_end(world: LightWorld) -> None:
    world.client.refuses = {one.info_hash for one in world.seeded}
    story = await world.get(c.GLASS_HARBOUR)
    assert (story[-1].status, story[-1].data["error"]) == (
        S.NOT_FOUND,
        "client_refused",
    )


async def test_a_dead_link_is_passed_over(world: LightWorld) -> None:
    """The torrent's address answers 404: the next candidate is taken."""
    offers = [one.offer for one in world.seeded]
    dead = next(i for i, o in enumerate(offers) if o.album is c.SLOW_CARTOGRAPHY)
    world.indexer.dead.add(str(dead))
    story = await world.get(c.SLOW_CARTOGRAPHY)
    (chosen,) = [e for e in story if e.status is S.ADDING_TORRENT]
    assert (chosen.data["rank"], chosen.data["attempt"]) == (2, 1)
    assert "2017" in chosen.data["title"]


async def test_only_dead_links_are_not_found(world: LightWorld) -> None:
    world.indexer.dead |= {str(n) for n in range(len(world.seeded))}
    story = await world.get(c.TIDEPOOL_SAMPLER)
    assert story[-1].data["error"] == "no_more_candidates"


@pytest.mark.parametrize("phase", [Phase.ERROR, Phase.MISSING_FILES])
async def test_a_download_that_fails_gives_way_to_the_next(
    world: LightWorld, phase: Phase
) -> None:
    await world.have_patience(60.0)
    first = world.seeded[1].info_hash
    snapshot = world.client.snapshot

    async def failing() -> Any:
        if first in world.client.torrents:
            world.client.torrents[first]["phase"] = phase.value
        return await snapshot()

    world.client.snapshot = failing  # type: ignore[method-assign]
    story = await world.get(c.GLASS_HARBOUR, Q.HIGH)
    assert statuses(story)[4:10] == [
        "adding_torrent",
        "complete",
        "downloading",
        "stalled",
        "download_failed",
        "adding_torrent",
    ]
    assert story[-1].status is S.DOWNLOADED
    assert first not in world.client.torrents
    assert "remove delete_files=True" in world.client.calls


async def test_two_topics_that_choose_one_torrent_share_it(world: LightWorld) -> None:
    world.client.step = 0.0
    high = await world.ask(c.NAEVE, Q.HIGH)
    lossless = await world.ask(c.NAEVE, Q.LOSSLESS)
    while sum(run.status is S.DOWNLOADING for run in world.app.live_runs) < 2:
        await asyncio.sleep(0.005)
    (torrent,) = world.client.torrents.values()
    assert torrent["added"] == 1
    assert len(torrent["tags"]) == 3
    await world.app.cancel(high["run_id"], delete_files=True)
    assert world.client.torrents
    await world.app.cancel(lossless["run_id"], delete_files=True)
    while world.client.torrents:
        await asyncio.sleep(0.005)
    assert world.client.calls.count("remove delete_files=True") == 1


async def test_a_torrent_of_somebody_else_is_watched_and_never_touched(
    world: LightWorld,
) -> None:
    info_hash = world.seeded[0].info_hash
    world.client.torrents[info_hash] = {
        "hashes": {"v1": info_hash, "v2": None},
        "phase": "downloading",
        "progress": 0.1,
        "tags": ["mine"],
    }
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    while world.app.live_runs[0].status is not S.DOWNLOADING:
        await asyncio.sleep(0.005)
    await world.app.cancel(answer["run_id"], delete_files=True)
    while world.tasks:
        await asyncio.sleep(0.005)
    assert world.client.torrents[info_hash]["tags"] == ["mine"]
    assert "add" not in world.client.calls


async def test_cancel_at_every_status(world: LightWorld) -> None:
    """Whatever a run is doing, `cancelled` follows and nothing of it stays."""
    for status in HAPPY:
        subscription, _ = await world.app.bus.catch_up()
        answer = await world.ask(c.GLASS_HARBOUR)
        world.client.step = 0.0
        async for event in subscription:
            if event.status.value == status:
                break
        subscription.close()
        run = await world.app.cancel(answer["run_id"])
        assert run.status is S.CANCELLED
        while world.tasks:
            await asyncio.sleep(0.005)
        assert world.client.torrents == {}
        told = await world.app.history.events(run_id=answer["run_id"])
        assert told[-1].status is S.CANCELLED
        assert told[-1].data["error"] == "cancelled"
        assert world.app.live_runs == []


async def test_cancel_leaves_the_files_unless_told_otherwise(world: LightWorld) -> None:
    world.client.step = 0.0
    answer = await world.ask(c.GLASS_HARBOUR)
    while world.app.live_runs[0].status is not S.DOWNLOADING:
        await asyncio.sleep(0.005)
    await world.app.cancel(answer["run_id"])
    while world.client.torrents:
        await asyncio.sleep(0.005)
    assert "remove delete_files=False" in world.client.calls


async def test_ended_and_unknown_runs_cannot_be_cancelled(world: LightWorld) -> None:
    story = await world.get(c.GLASS_HARBOUR)
    with pytest.raises(RunEndedError):
        await world.app.cancel(story[0].run_id)
    with pytest.raises(RunNotFoundError):
        await world.app.cancel("nothing")


async def test_cancelled_twice_at_once_is_cancelled_once(world: LightWorld) -> None:
    answer = await world.ask(c.GLASS_HARBOUR)
    ends = await asyncio.gather(
        *(world.app.cancel(answer["run_id"]) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(end, RunEndedError) for end in ends) == 2
    told = await world.app.history.events(run_id=answer["run_id"])
    assert statuses(told).count("cancelled") == 1


async def test_retry_is_a_new_run(world: LightWorld) -> None:
    story = await world.get(c.UNHEARD)
    answer = (await world.app.retry(story[0].run_id)).as_dict()
    assert answer["created"]
    assert answer["run_id"] != story[0].run_id
    with pytest.raises(RunLiveError):
        await world.app.retry(answer["run_id"])
    with pytest.raises(RunNotFoundError):
        await world.app.retry("nothing")


async def test_a_request_that_makes_no_sense_is_refused(world: LightWorld) -> None:
    ask = world.app.request
    quality = Q.LOSSLESS
    with pytest.raises(InvalidAlbumIdError):
        await ask(MonitorRequest(album_id="../etc/passwd", quality=quality))
    with pytest.raises(InvalidAlbumIdError):
        await ask(MonitorRequest(quality=quality))
    with pytest.raises(AlbumNotFoundError):
        await ask(MonitorRequest(album_id=c.mbid("nothing"), quality=quality))
    with pytest.raises(AlbumNotFoundError):
        await ask(MonitorRequest(album="Nothing At All", quality=quality))
    assert await world.app.history.head() == 0


async def test_without_an_indexer_nothing_begins(
    database: KeptDatabase, socket_enabled: None
) -> None:
    async with LightWorld(database=database, indexers=()) as world:
        with pytest.raises(NoIndexersError):
            await world.ask(c.GLASS_HARBOUR)


async def test_an_album_is_found_by_its_name(world: LightWorld) -> None:
    request = MonitorRequest(
        artist="the paper lanterns", album="glass harbour", quality=Q.LOSSLESS
    )
    answer = await world.app.request(request)
    assert answer.run.album_id == c.GLASS_HARBOUR.album_id


async def test_a_name_that_fits_several_albums_is_asked_back(world: LightWorld) -> None:
    request = MonitorRequest(album="Glass", artist="Lanterns", quality=Q.LOSSLESS)
    with pytest.raises(AmbiguousAlbumError) as caught:
        await world.app.request(request)
    for album in (c.GLASS_HARBOUR, c.GLASS_HARBOUR_LIVE):
        assert album.album_id in caught.value.details["matches"]
    assert await world.app.history.head() == 0


async def test_a_merged_id_is_the_canonical_album(world: LightWorld) -> None:
    merged = c.mbid("merged into Glass Harbour")
    request = MonitorRequest(album_id=merged.upper(), quality=Q.LOSSLESS)
    answer = await world.app.request(request)
    assert answer.run.album_id == c.GLASS_HARBOUR.album_id
    again = await world.ask(c.GLASS_HARBOUR)
    assert (again["run_id"], again["created"]) == (answer.run.run_id, False)


async def test_the_live_run_keeps_its_mode_and_says_so(world: LightWorld) -> None:
    first = await world.ask(c.GLASS_HARBOUR)
    second = await world.ask(c.GLASS_HARBOUR)
    assert (first["created"], second["created"]) == (True, False)
    assert second["mode"] == "automatic"
    assert second["seq"] >= first["seq"]


async def test_a_wrong_password_ends_the_run_with_a_reason(world: LightWorld) -> None:
    add = world.client.add

    async def refused(*args: Any, **kwargs: Any) -> None:
        raise ClientAuthError

    world.client.add = refused  # type: ignore[method-assign]
    story = await world.get(c.GLASS_HARBOUR)
    assert (story[-1].status, story[-1].data["error"]) == (S.FAILED, "client_auth")
    assert "correct the user name" in story[-1].data["reason"]
    world.client.add = add  # type: ignore[method-assign]
    answer = await world.app.retry(story[0].run_id)
    retold = await world.story(answer.run.seq - 1)
    assert retold[-1].status is S.DOWNLOADED


async def test_a_bug_ends_the_run_and_is_logged(
    world: LightWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    world.client.snapshot = broken  # type: ignore[method-assign, assignment]
    story = await world.get(c.GLASS_HARBOUR)
    assert (story[-1].status, story[-1].data["error"]) == (S.FAILED, "internal_error")
    assert "ZeroDivisionError" in caplog.text


async def test_no_secret_leaves_the_links(
    world: LightWorld, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The indexer's key and the tracker's passkey are in one table only."""
    caplog.set_level(logging.DEBUG)
    for album in (c.GLASS_HARBOUR, c.TIDEPOOL_SAMPLER, c.NAEVE):
        await world.get(album)
    secrets = ("sandbox-key-8c1f", "passkey-77", "/sek/")

    def everything(connection: Connection) -> dict[str, str]:
        return {
            table.name: repr(connection.execute(select(table)).all())
            for table in METADATA.sorted_tables
        }

    tables = await world.database.read(everything)
    assert any(secret in tables["music_agregator_links"] for secret in secrets)
    del tables["music_agregator_links"]
    told = [event.as_dict() for event in await world.app.history.events()]
    download = await world.database.read(downloads.seen)
    shown = (*tables.values(), repr(told), repr(download), repr(world.app), caplog.text)
    for text in shown:
        assert not [secret for secret in secrets if secret in text]


async def test_a_watcher_of_another_store_is_replayed_from_the_start(
    world: LightWorld,
) -> None:
    await world.get(c.UNHEARD)
    for since_seq, store_id in ((3, "another"), (99, world.app.store_id)):
        subscription, is_lost = await world.app.bus.catch_up(
            since_seq=since_seq, store_id=store_id
        )
        assert is_lost
        assert (await anext(subscription)).seq == 1
        subscription.close()
    subscription, is_lost = await world.app.bus.catch_up(
        since_seq=3, store_id=world.app.store_id
    )
    assert not is_lost
    assert (await anext(subscription)).seq == 4


async def test_every_candidate_is_kept_with_its_decision(world: LightWorld) -> None:
    story = await world.get(c.GLASS_HARBOUR)
    saved = await world.database.read(
        lambda connection: candidates.page(connection, story[0].run_id)
    )
    assert [(s.rank, s.accepted, s.tried) for s in saved] == [
        (1, True, True),
        (2, False, False),
        (3, False, False),
    ]
    codes = {s.release.title: [r.code for r in s.reasons] for s in saved}
    assert codes["The Paper Lanterns - Glass Harbour (Live) (2013) [FLAC]"] == [
        "other_work"
    ]
    assert codes["The Paper Lanterns - Glass Harbour (2011) [MP3 320]"] == [
        "wrong_quality"
    ]
    assert len(await world.database.read(lambda c_: events.after(c_, 0, limit=3))) == 3
