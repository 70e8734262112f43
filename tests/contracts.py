"""The contracts of the ports: every implementation passes the same suite."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import logging
import threading
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.decision.explain import why
from custom_components.music_agregator.core.errors import (
    IllegalTransitionError,
    StoreError,
    StoreTooNewError,
)
from custom_components.music_agregator.core.events.bus import EventBus
from custom_components.music_agregator.core.events.journal import Journal
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    Candidate,
    Download,
    DownloadStatus,
    Extent,
    InfoHashes,
    Link,
    Mode,
    Reason,
    Release,
    Run,
    Topic,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import (
    Codec,
    Quality,
    QualityProfile,
)
from custom_components.music_agregator.core.store import (
    albums,
    blocklist,
    candidates,
    cursors,
    downloads,
    events,
    runs,
    schema,
    wanted,
)
from custom_components.music_agregator.core.store.albums import KeptAlbum
from custom_components.music_agregator.core.store.database import Database
from custom_components.music_agregator.core.store.tables import (
    BLOCKLIST,
    CANDIDATES,
    DOWNLOADS,
    META,
    METADATA,
    WANTED,
    WORKFLOW_RUNS,
)

ALBUM_ID = "b1392450-e666-3926-a536-22c65f834433"
HOSTILE = "Mot\0örhead 💿 \ud800 '; DROP TABLE x --"
CLEAN = "Motörhead 💿 ? '; DROP TABLE x --"


type Look = Callable[[Callable[[Connection], Any]], Any]


def new_run(name: str = "1", album_id: str = ALBUM_ID) -> Run:
    return Run(
        run_id=f"01RUN{name:0>21}",
        album_id=album_id,
        quality=QualityProfile.LOSSLESS,
        mode=Mode.AUTOMATIC,
        status=S.FETCHING_METADATA,
    )


def new_download(name: str = "1", **values: Any) -> Download:
    return Download(
        **{
            "download_id": f"01DOWN{name:0>20}",
            "hashes": InfoHashes(v1=f"{name:0>40}"),
            "title": HOSTILE,
            "quality": Quality(codec=Codec.FLAC, bit_depth=24),
            "link": Link(torrent=b"\x00\xff" * 50_000),
            **values,
        }
    )


def block(
    connection: Connection,
    *,
    at: float,
    name: str = "x",
    reason: str = "fake_program",
    album_id: str | None = None,
) -> None:
    """Block something."""
    blocklist.add(
        connection, [name], title="T", reason=reason, at=at, album_id=album_id
    )


class DatabaseContract:
    """What the core relies on, whatever the database is."""

    @pytest.fixture
    async def store(self, port: Database) -> Database:
        """The port with our tables in it."""
        await port.write(schema.prepare)
        return port

    @pytest.fixture
    def bus(self, store: Database) -> EventBus:
        return EventBus(store)

    @pytest.fixture
    def journal(self, store: Database, bus: EventBus) -> Journal:
        return Journal(store, bus, SYSTEM_CLOCK)

    async def test_work_is_done_in_another_thread(self, port: Database) -> None:
        here = threading.get_ident()
        there = await port.read(lambda connection: threading.get_ident())
        assert there != here

    async def test_a_failed_write_leaves_nothing(self, store: Database) -> None:
        def fail(connection: Connection) -> None:
            cursors.put(connection, "half", 1)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await store.write(fail)
        assert await store.read(lambda c: cursors.get(c, "half")) == 0

    async def test_neither_errors_nor_the_log_carry_parameters(
        self, store: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "sqlalchemy")

        def twice(connection: Connection) -> None:
            for _ in range(2):
                connection.execute(insert(META), {"name": "s3cret", "value": "s3cret"})

        with pytest.raises(StoreError) as caught:
            await store.write(twice)
        assert "s3cret" not in caplog.text
        error: BaseException | None = caught.value
        while error is not None:
            assert "s3cret" not in str(error)
            error = error.__cause__ or error.__context__

    async def test_prepare_is_repeatable_and_keeps_the_store_id(
        self, store: Database
    ) -> None:
        first = await store.write(schema.prepare)
        assert await store.write(schema.prepare) == first

    async def test_an_older_store_is_upgraded_step_by_step(
        self, store: Database
    ) -> None:
        steps: list[int] = []

        def upgrade(connection: Connection) -> None:
            schema.prepare(
                connection,
                version=schema.VERSION + 2,
                upgrades={
                    schema.VERSION: lambda c: steps.append(1),
                    schema.VERSION + 1: lambda c: steps.append(2),
                },
            )

        await store.write(upgrade)
        assert steps == [1, 2]
        await store.write(upgrade)
        assert steps == [1, 2]
        with pytest.raises(StoreTooNewError):
            await store.write(schema.prepare)

    async def test_the_first_store_learns_of_ladders_and_reasons(
        self, store: Database
    ) -> None:
        old = new_run(album_id=ALBUM_ID)
        await store.write(lambda c: runs.save(c, old))
        kept = {
            "title": "A - B",
            "indexer": "One",
            "score": 12.5,
            "parts": {"quality": 12.5},
            "reasons": [{"code": "wrong_album", "permanent": True, "found": "C"}],
        }

        def as_it_was(connection: Connection) -> None:
            connection.execute(
                insert(CANDIDATES),
                {
                    "run_id": old.run_id,
                    "rank": 1,
                    "accepted": False,
                    "tried": False,
                    "link_id": "l",
                    "data": kept,
                },
            )
            table = WORKFLOW_RUNS.name
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN ladder"))
            connection.execute(
                update(META).where(META.c.name == "schema_version").values(value="1")
            )

        await store.write(as_it_was)
        for _ in range(2):
            await store.write(schema.prepare)
        assert await store.read(lambda c: runs.find(c, old.run_id)) == old
        (candidate,) = await store.read(lambda c: candidates.page(c, old.run_id))
        assert candidate.indexers == ("One",)
        assert candidate.parts == ()
        assert why(candidate) == []
        assert [reason.to_dict() for reason in candidate.reasons] == [
            {"code": "wrong_album", "permanent": True, "details": {"found": "C"}}
        ]
        new = replace(old, ladder=(QualityProfile.HIGH, QualityProfile.ANY))
        await store.write(lambda c: runs.save(c, new))
        assert await store.read(lambda c: runs.find(c, old.run_id)) == new

    async def test_the_third_store_learns_of_packs_and_searches(
        self, store: Database
    ) -> None:
        download = Download(
            download_id="01DOWNLOAD",
            hashes=InfoHashes(v1="a" * 40),
            title="A - B",
            quality=Quality(),
        )
        looked_for = replace(new_run(album_id=ALBUM_ID), status=S.NOT_FOUND)
        await store.write(lambda c: downloads.add(c, "01RUN", download, 1.0))
        await store.write(lambda c: wanted.update_after(c, looked_for))

        def as_it_was(connection: Connection) -> None:
            for table, columns in (
                (DOWNLOADS, ("in_doubt", "extent")),
                (WANTED, ("ladder", "mode")),
            ):
                for column in columns:
                    sql = f"ALTER TABLE {table.name} DROP COLUMN {column}"
                    connection.execute(text(sql))
            BLOCKLIST.drop(connection)
            connection.execute(
                text(f"CREATE TABLE {BLOCKLIST.name} (info_hash VARCHAR(64))")
            )
            connection.execute(
                update(META).where(META.c.name == "schema_version").values(value="3")
            )

        await store.write(as_it_was)
        for _ in range(2):
            await store.write(schema.prepare)
        kept = await store.read(lambda c: downloads.get(c, "01DOWNLOAD"))
        assert kept is not None
        assert (kept.extent, kept.in_doubt) == (Extent.WHOLE, False)
        one = await store.read(lambda c: wanted.find(c, looked_for.topic))
        assert one is not None
        assert (one.mode, one.ladder, one.searches) == (Mode.AUTOMATIC, (), 1)
        await store.write(block, at=1.0)
        assert await store.read(lambda c: blocklist.names(c, ALBUM_ID, 2.0)) == {"x"}

    async def test_what_stalled_is_blocked_for_a_week_and_a_pack_for_one_album(
        self, store: Database
    ) -> None:
        week = blocklist.TEMPORARY_SECONDS
        for _ in range(2):
            await store.write(block, at=10.0)
        await store.write(block, at=10.0, name="s", reason="stalled")
        await store.write(block, at=10.0, name="p", album_id=ALBUM_ID)
        for album_id, now, expected in (
            (ALBUM_ID, 11.0, {"x", "s", "p"}),
            ("another", 11.0, {"x", "s"}),
            (ALBUM_ID, 11.0 + week, {"x", "p"}),
        ):
            found = await store.read(blocklist.names, album_id=album_id, now=now)
            assert found == expected

    async def test_the_wanted_list_is_read_page_by_page(self, store: Database) -> None:
        topics = [Topic(album, q) for album in ("a", "b") for q in QualityProfile]
        for topic in topics:
            run = replace(
                new_run(album_id=topic.album_id),
                quality=topic.quality,
                status=S.NOT_FOUND,
            )
            await store.write(wanted.update_after, run=run)
        found: list[Topic] = []
        while page := await store.read(
            wanted.page, after=found[-1] if found else None, limit=3
        ):
            found += [one.topic for one in page]
        assert sorted(found) == sorted(topics)

    async def test_missing_tables_are_restored_and_the_work_is_done(
        self, store: Database
    ) -> None:
        restored: list[str] = []

        async def recover() -> None:
            restored.append(await store.write(schema.prepare))

        await store.write(METADATA.drop_all)
        assert not await store.read(schema.has_all_tables)
        store.recover = recover
        await store.write(lambda c: cursors.put(c, "after", 7))
        assert len(restored) == 1
        assert await store.read(schema.has_all_tables)
        await store.write(METADATA.drop_all)
        assert await store.read(lambda c: cursors.get(c, "after")) == 0
        assert len(set(restored)) == 2

    async def test_seq_rises_by_one_without_gaps_over_failures(
        self, store: Database
    ) -> None:
        def fail(connection: Connection) -> None:
            events.next_seq(connection)
            raise ZeroDivisionError

        numbers = [await store.write(events.next_seq) for _ in range(2)]
        with pytest.raises(ZeroDivisionError):
            await store.write(fail)
        numbers.append(await store.write(events.next_seq))
        assert numbers == [1, 2, 3]

    async def test_concurrent_writers_get_every_number_once(
        self, store: Database
    ) -> None:
        numbers = await asyncio.gather(
            *(store.write(events.next_seq) for _ in range(30))
        )
        assert sorted(numbers) == list(range(1, 31))

    async def test_a_cancelled_writer_lets_the_next_one_in_after_its_commit(
        self, store: Database
    ) -> None:
        entered = threading.Event()
        leave = threading.Event()

        def slow(connection: Connection) -> None:
            cursors.put(connection, "slow", 1)
            entered.set()
            leave.wait(10)

        task = asyncio.create_task(store.write(slow))
        await asyncio.to_thread(entered.wait, 10)
        task.cancel()
        following = asyncio.create_task(store.write(lambda c: cursors.get(c, "slow")))
        await asyncio.sleep(0)
        assert not following.done()
        leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await following == 1

    @pytest.fixture
    def look(self) -> Look:
        """Read on another connection while the event loop stands still."""
        raise NotImplementedError

    async def test_closing_waits_for_what_runs(self, store: Database) -> None:
        """Whether or not anybody still waits for it."""
        begun, may_end = threading.Event(), threading.Event()
        ended = []

        def slow(_: Connection) -> None:
            begun.set()
            may_end.wait(20)
            ended.append(True)

        reading = asyncio.create_task(store.read(slow))
        await asyncio.to_thread(begun.wait, 20)
        reading.cancel()
        closing = asyncio.create_task(store.close())
        await asyncio.wait((closing,), timeout=0.05)
        assert not closing.done()
        may_end.set()
        await closing
        assert ended
        with pytest.raises(StoreError):
            await store.read(lambda _: None)

    async def test_the_row_is_there_before_anyone_hears(
        self, store: Database, bus: EventBus, journal: Journal, look: Look
    ) -> None:
        """Promise 1, from inside a listener and from inside a subscriber."""
        seen: list[AlbumEvent | None] = []

        def listener(event: AlbumEvent) -> None:
            seen.append(look(lambda c: events.find(c, event.event_id)))

        bus.published.connect(listener)
        subscription = bus.subscribe(0)
        run = await journal.record(new_run(), S.FETCHING_METADATA)
        event = await anext(subscription)
        assert seen == [event]
        assert look(lambda c: events.find(c, event.event_id)) == event
        assert event.seq == run.seq

    async def test_events_come_back_as_they_were_written(
        self, store: Database, journal: Journal
    ) -> None:
        data = {"title": HOSTILE, "list": [1, None, {"deep": 1.5}]}
        run = await journal.record(new_run(), S.FETCHING_METADATA, data)
        await journal.record(run, S.CHECKING_OWNED, {})
        first, second = await store.read(lambda c: events.after(c, 0))
        assert first.data == {**data, "title": HOSTILE.replace("\ud800", "?")}
        assert (first.status, second.status) == (S.FETCHING_METADATA, S.CHECKING_OWNED)
        assert first.topic == run.topic
        assert await store.read(events.last) == second
        assert await store.read(events.head) == 2

    async def test_event_data_stays_small(
        self, store: Database, journal: Journal
    ) -> None:
        data = {"top": ["x" * 90] * 500, "seconds": 1}
        await journal.record(new_run(), S.FETCHING_METADATA, data)
        (event,) = await store.read(lambda c: events.after(c, 0))
        assert 0 < len(event.data["top"]) < 100
        assert event.data["seconds"] == 1

    async def test_an_illegal_step_changes_nothing(
        self, store: Database, journal: Journal
    ) -> None:
        run = await journal.record(new_run(), S.FETCHING_METADATA)
        with pytest.raises(IllegalTransitionError):
            await journal.record(run, S.COMPLETE)
        assert await store.read(events.head) == 1
        kept = await store.read(lambda c: runs.find(c, run.run_id))
        assert kept is not None
        assert kept.status is S.FETCHING_METADATA

    async def test_a_step_is_taken_whole_though_its_caller_is_cancelled(
        self, store: Database, bus: EventBus, journal: Journal
    ) -> None:
        told: list[AlbumEvent] = []
        bus.published.connect(told.append)
        task = asyncio.create_task(journal.record(new_run(), S.FETCHING_METADATA))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await journal.settled()
        assert [event.seq for event in told] == [1]
        assert await store.read(events.head) == 1

    async def test_one_live_run_a_topic(
        self, store: Database, journal: Journal
    ) -> None:
        first = await journal.record(new_run("1"), S.FETCHING_METADATA)
        with pytest.raises(StoreError):
            await journal.record(new_run("2"), S.FETCHING_METADATA)
        assert await store.read(events.head) == 1
        await journal.record(first, S.CANCELLED)
        await journal.record(new_run("2"), S.FETCHING_METADATA)
        live = await store.read(runs.live)
        assert [run.run_id for run in live] == [new_run("2").run_id]
        recent = await store.read(lambda c: runs.recent(c, album_id=ALBUM_ID))
        assert len(recent) == 2
        only_live = await store.read(lambda c: runs.recent(c, only_live=True))
        assert len(only_live) == 1

    async def test_a_run_comes_back_as_it_was(
        self, store: Database, journal: Journal
    ) -> None:
        def name(connection: Connection, moved: Run) -> Run:
            return replace(moved, artist=HOSTILE, album_title="Þ", attempt=2)

        run = await journal.record(new_run(), S.FETCHING_METADATA, also=name)
        kept = await store.read(lambda c: runs.find(c, run.run_id))
        assert kept == replace(run, artist=CLEAN)

    async def test_a_download_is_unique_by_its_hash(self, store: Database) -> None:
        first = await store.write(
            lambda c: downloads.save(c, "run1", new_download(), 1.0)
        )
        again = new_download(download_id="01OTHER".ljust(26, "0"))
        second = await store.write(lambda c: downloads.save(c, "run2", again, 2.0))
        assert second == first
        kept = await store.read(lambda c: downloads.get(c, first))
        assert kept is not None
        assert kept.title == CLEAN
        assert kept.quality == Quality(codec=Codec.FLAC, bit_depth=24)
        assert kept.link.torrent == b"\x00\xff" * 50_000
        count = select(func.count()).select_from(DOWNLOADS)
        assert await store.read(lambda c: c.execute(count).scalar_one()) == 1

    async def test_a_given_up_download_begins_anew(self, store: Database) -> None:
        first = await store.write(
            lambda c: downloads.save(c, "run1", new_download(), 1.0)
        )
        await store.write(
            lambda c: downloads.mark(c, first, DownloadStatus.CANCELLED, 2.0, seen=True)
        )
        left = await store.read(downloads.left_behind)
        assert [download.download_id for download in left] == [first]
        assert await store.read(downloads.seen) == []
        again = new_download(link=Link(magnet_uri="magnet:?x"))
        assert await store.write(lambda c: downloads.save(c, "r2", again, 3.0)) == first
        kept = await store.read(lambda c: downloads.get(c, first))
        assert kept is not None
        assert (kept.status, kept.seen) == (DownloadStatus.SAVED, False)
        assert kept.link.magnet_uri == "magnet:?x"

    async def test_candidates_are_kept_in_order_and_tried_once(
        self, store: Database
    ) -> None:
        rows = [
            Candidate(
                rank=rank,
                release=Release(guid="", title=f"A - B {rank}"),
                quality=Quality(codec=Codec.FLAC, bit_depth=24),
                score=1_000.5,
                reasons=() if rank < 3 else (Reason(code="blocked"),),
                sources=tuple(
                    Release(guid=guid, title=f"A - B {rank}", indexer=indexer)
                    for guid, indexer in ((f"g{rank}", "X"), (f"other{rank}", "Y"))
                ),
            )
            for rank in (1, 2, 3)
        ]
        for _ in range(2):
            await store.write(lambda c: candidates.save(c, "run1", rows))
        assert await store.read(lambda c: candidates.count(c, "run1")) == 3
        found = await store.read(lambda c: candidates.untried(c, "run1"))
        assert [(c.rank, c.to_dict()) for c in found] == [
            (row.rank, row.to_dict()) for row in rows[:2]
        ]
        assert not any(source.guid for c in found for source in c.sources)
        links = await store.read(lambda c: candidates.sources(c, "run1", 1))
        assert [link.guid for link in links] == ["g1", "other1"]
        second = await store.read(lambda c: candidates.next_best(c, "run1", 1))
        assert second is not None
        assert second.rank == 2
        assert await store.read(lambda c: candidates.next_best(c, "run1", 2)) is None
        for rank in (1, 2):
            await store.write(candidates.mark_tried, "run1", rank)
        assert await store.read(lambda c: candidates.untried(c, "run1")) == []
        page = await store.read(lambda c: candidates.page(c, "run1", limit=2, offset=1))
        assert [(c.rank, c.tried) for c in page] == [(2, True), (3, False)]

    async def test_an_album_is_found_by_the_id_that_was_merged(
        self, store: Database
    ) -> None:
        kept = KeptAlbum(ALBUM_ID, 12.5, {"title": HOSTILE})
        await store.write(lambda c: albums.save(c, "old-id", kept))
        await store.write(lambda c: albums.save(c, "old-id", kept))
        assert await store.read(lambda c: albums.find(c, "old-id")) == kept
        assert await store.read(lambda c: albums.find(c, ALBUM_ID)) == kept
        assert await store.read(lambda c: albums.find(c, "none")) is None

    async def test_text_is_compared_letter_by_letter(self, store: Database) -> None:
        await store.write(lambda c: cursors.put(c, "Straße", 1))
        assert await store.read(lambda c: cursors.get(c, "straße")) == 0
        assert await store.read(lambda c: cursors.get(c, "Strasse")) == 0

    async def test_only_our_tables_go_when_we_go(self, store: Database) -> None:
        await store.write(lambda c: c.execute(text("CREATE TABLE neighbour (x INT)")))
        await store.write(schema.drop)
        try:
            count = text("SELECT COUNT(*) FROM neighbour")
            assert await store.read(lambda c: c.execute(count).scalar_one()) == 0
        finally:
            await store.write(lambda c: c.execute(text("DROP TABLE neighbour")))
