"""Widgets and lists on an App that does as it is told."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from made_up import ALBUM, event
from music_agregator import (
    AlbumEvent,
    App,
    Mode,
    MonitorRequest,
    QualityProfile,
    Run,
    WorkflowStatus,
)
from music_agregator.common.clock import SystemClock
from music_agregator.common.health import ServiceHealth
from music_agregator.common.signal import Signal
from music_agregator.errors import (
    AlbumNotFoundError,
    ClientUnavailableError,
    ClosingError,
    MetadataUnavailableError,
)
from music_agregator.model import AlbumMatch
from music_agregator.responses import MonitorResponse
from music_agregator_toolkit import AlbumSearch, Batch, BatchItem, RunView, Session
import pytest


class Waits(SystemClock):
    """A clock without waits."""

    async def sleep(self, seconds: float) -> None:
        """Let others go on."""
        await asyncio.sleep(0)


class Told:
    """Stands for an App: its `story` is a list, its answers are in a queue."""

    def __init__(self, *story: AlbumEvent) -> None:
        self.events = story
        self.answers: list[Exception | None] = []
        self.requests: list[MonitorRequest] = []
        self.searched: list[tuple[str | None, str]] = []
        self.held: dict[str, asyncio.Future[list[AlbumMatch]]] = {}
        self.clock = Waits()
        self.client_health = ServiceHealth("qBittorrent", self.clock)
        self.monitor = self
        self.progress = Signal[Any]()
        self.history = self

    async def run(self, run_id: str) -> Run:
        return made(run_id, self.events[-1].status)

    async def run_events(self, run_id: str) -> AsyncIterator[AlbumEvent]:
        for one in self.events:
            await asyncio.sleep(0)
            yield one

    async def request(self, request: MonitorRequest) -> MonitorResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return MonitorResponse(run=made(f"r{len(self.requests)}"), created=True)

    async def search_albums(
        self, *, artist: str | None, album: str
    ) -> list[AlbumMatch]:
        self.searched.append((artist, album))
        return await self.held.setdefault(
            album, asyncio.get_running_loop().create_future()
        )

    @property
    def app(self) -> App:
        return cast("App", self)

    @property
    def session(self) -> Session:
        return cast("Session", self)


def made(run_id: str, status: str = "fetching_metadata") -> Run:
    return Run(
        run_id=run_id,
        album_id=ALBUM.album_id,
        quality=QualityProfile.LOSSLESS,
        mode=Mode.AUTOMATIC,
        status=WorkflowStatus(status),
        artist="Ferro Mere",
        album_title="Slow Cartography",
    )


START = event(1, "fetching_metadata", quality="lossless", mode="automatic")
DONE = event(2, "downloaded", path="/music", artist="Ferro Mere", album="It")


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_view_waits_for_the_end() -> None:
    view = RunView(Told(START, DONE).app, made("r"))
    story = await view
    assert [one.status.value for one in story] == ["fetching_metadata", "downloaded"]
    assert await view.reached("fetching_metadata") == START
    assert await view.reached("searching") is None
    assert view.bar.value == 100
    assert view.cancel_button.disabled


async def test_a_view_whose_kit_is_closed_has_not_seen_the_end() -> None:
    view = RunView(Told(START).app, made("r"))
    with pytest.raises(ClosingError):
        await view
    with pytest.raises(ClosingError):
        await view.reached("downloaded")
    assert "being closed" in view.task_status.value


async def test_a_view_says_that_the_client_is_away() -> None:
    told = Told(START, DONE)
    view = RunView(told.app, made("r"))
    told.client_health.note(ClientUnavailableError("no answer"))
    assert "qBittorrent fails, and is asked again: no answer" in view.health.value
    told.client_health.note(None)
    assert view.health.value == ""
    await view
    told.client_health.note(ClientUnavailableError("no answer"))
    assert view.health.value == ""


async def test_a_view_shows_where_a_run_ended() -> None:
    view = RunView(Told(START, event(2, "cancelled", reason="So.")).app, made("r"))
    await view
    assert view.steps.value.startswith("☒ fetching metadata  ☐ checking owned")
    view = RunView(Told(START, DONE).app, made("r"))
    await view
    assert "☐" not in view.steps.value


async def test_a_list_asks_again_while_a_service_is_away(tmp_path: Path) -> None:
    told = Told(START, DONE)
    told.answers = [
        MetadataUnavailableError("no answer"),
        MetadataUnavailableError("no answer"),
        None,
        AlbumNotFoundError(album="Nothing"),
        *(MetadataUnavailableError("no answer") for _ in range(5)),
    ]
    batch = Batch(
        [
            BatchItem(album="It"),
            BatchItem(album="Nothing"),
            BatchItem(album="Later"),
        ]
    )
    path = tmp_path / "results.csv"
    await batch.run(told.session, at_once=1, pause=0, save_to=str(path))
    assert [wish.status for wish in batch] == ["downloaded", "refused", ""]
    assert batch[2].detail.startswith("no answer")
    assert not batch[2].is_over
    assert [wish.status for wish in Batch.read(path)] == ["downloaded", "refused", ""]
    assert [request.album for request in told.requests] == [
        *("It", "It", "It", "Nothing"),
        *["Later"] * 5,
    ]


async def test_a_list_is_saved_before_it_is_done(tmp_path: Path) -> None:
    """An interrupted list keeps what has begun."""
    told = Told(START)
    batch = Batch([BatchItem(album="It")])
    path = tmp_path / "results.csv"
    await batch.run(told.session, pause=0, save_to=str(path))
    (wish,) = Batch.read(path)
    assert (wish.status, wish.run_id) == ("fetching_metadata", "r1")


async def test_an_id_is_never_searched_for_as_a_title() -> None:
    told = Told(START, DONE)
    await Batch([BatchItem(album_id="123-not-an-id")]).run(told.session, pause=0)
    (request,) = told.requests
    assert (request.album_id, request.album) == ("123-not-an-id", None)


async def test_the_last_question_is_the_one_that_is_answered() -> None:
    told = Told()
    search = AlbumSearch(told.app)
    search.album_text.value = "first"
    await settle()
    search.album_text.value = "second"
    await settle()
    assert [album for _, album in told.searched] == ["first", "second"]
    told.held["second"].set_result([AlbumMatch(album=ALBUM, score=100)])
    await settle()
    assert search.album == ALBUM
    told.held["first"].set_exception(MetadataUnavailableError("no answer"))
    await settle()
    assert search.album == ALBUM
    assert search.task_status.value == ""


async def test_what_failed_may_be_asked_again() -> None:
    told = Told()
    search = AlbumSearch(told.app)
    search.album_text.value = "it"
    await settle()
    assert "Asking MusicBrainz" in search.task_status.value
    told.held.pop("it").set_exception(MetadataUnavailableError("no answer"))
    await settle()
    assert "no answer" in search.task_status.value
    search.button.click()
    await settle()
    told.held["it"].set_result([])
    await settle()
    assert len(told.searched) == 2
    assert search.album is None
    assert "Nothing of that name" in str(search.answers.options)
    # By code it is one question, whatever stands in the fields.
    asking = asyncio.create_task(search.ask("b", "y"))
    await settle()
    told.held["b"].set_result([AlbumMatch(album=ALBUM, score=90)])
    assert len(await asking) == 1
    assert told.searched[2:] == [("y", "b")]
