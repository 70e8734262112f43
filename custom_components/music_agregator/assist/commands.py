"""AlbumCommands: the commands of voice, intents and LLM tools, each with an answer.

An answer is a sentence, spoken in the user's language, and values for a program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import voluptuous as vol

from ..bridge.album_tracker import TrackedAlbum
from ..const import (
    ATTR_ALBUM,
    ATTR_ALBUM_ID,
    ATTR_ARTIST,
    ATTR_QUALITY,
    ATTR_RANK,
    ATTR_RUN_ID,
    DOMAIN,
)
from ..core.metadata.album_resolver import match_among
from ..core.metadata.request_text import parse_request_text
from ..core.model import Album, WorkflowStatus as S, year_of
from ..core.responses import album_data
from ..errors import refusal
from ..runtime import loaded_entry

MOST_SAID = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """The name of an album in an answer."""

    artist: str
    album: str
    year: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The key of a sentence, its placeholders, and values for a program."""

    key: str
    values: dict[str, str] = field(default_factory=dict)
    albums: Sequence[Named] = ()
    progress: Sequence[TrackedAlbum] = ()
    quality: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    # Nothing was done; a question is not a failure.
    is_failure: bool = False
    is_question: bool = False


class AlbumCommands:
    """The commands, in the name of one user."""

    def __init__(self, hass: HomeAssistant, context: Context | None) -> None:
        """Initialize the commands."""
        self._hass = hass
        self._context = context

    async def get(
        self, album: str, *, artist: str | None = None, quality: str | None = None
    ) -> Answer:
        """Request the album that a text means."""
        if loaded_entry(self._hass) is None:
            return _NOT_LOADED
        asked = parse_request_text(album)
        quality = quality or asked.quality
        data: dict[str, Any] = {ATTR_QUALITY: [str(quality)]} if quality else {}
        if asked.album_id:
            data[ATTR_ALBUM_ID] = asked.album_id
        else:
            data[ATTR_ALBUM] = asked.text
            data |= {ATTR_ARTIST: artist} if artist else {}
        try:
            found = await self._act("monitor_album", **data)
        except HomeAssistantError as err:
            return _refused(err)
        named = Named(artist=found["artist"], album=found["album"], year=found["year"])
        return Answer(
            key="say_getting" if found["created"] else "say_is_on_its_way",
            albums=(named,),
            quality=found["quality"],
            data=found,
        )

    async def search(self, album: str) -> Answer:
        """List the albums that a text may mean."""
        if loaded_entry(self._hass) is None:
            return _NOT_LOADED
        asked = parse_request_text(album)
        try:
            found = await self._act("search_album", album=asked.text, limit=MOST_SAID)
        except HomeAssistantError as err:
            return _refused(err)
        albums = found["albums"]
        if not albums:
            return Answer(key="say_unknown", values={"text": asked.text}, data=found)
        named = [
            Named(
                artist=one["artist"],
                album=one["album"],
                year=year_of(one["first_release_date"]),
            )
            for one in albums
        ]
        return Answer(key="say_found", albums=named, data=found)

    async def progress(self, album: str | None = None) -> Answer:
        """Report the progress of an album, or of all live runs."""
        if (entry := loaded_entry(self._hass)) is None:
            return _NOT_LOADED
        shown = list(entry.runtime_data.albums)
        live = [one for one in shown if not one.has_ended]
        some = (await self._meant(shown, album))[0] if album else live
        data = {"albums": [_progress(one) for one in some[:MOST_SAID]]}
        if not some:
            key = "say_not_asked_for" if album else "say_idle"
            return Answer(key=key, values={"text": album or ""}, data=data)
        return Answer(key="say_progress", progress=some[:MOST_SAID], data=data)

    async def choose(self, rank: int, album: str | None = None) -> Answer:
        """Choose a release for an album that waits for a choice."""
        if (entry := loaded_entry(self._hass)) is None:
            return _NOT_LOADED
        waiting = [
            one
            for one in entry.runtime_data.albums
            if one.status is S.AWAITING_SELECTION
        ]
        some, is_clear = await self._meant(waiting, album) if album else (waiting, True)
        if not some:
            return Answer(key="say_no_choice", is_failure=True)
        if len(some) > 1 or not is_clear:
            return _which(some)
        try:
            await self._act(
                "select_release", run_id=some[0].run_id, **{ATTR_RANK: rank}
            )
        except HomeAssistantError as err:
            return _refused(err)
        return Answer(
            key="say_chosen",
            values={"rank": str(rank)},
            albums=(_named(some[0]),),
            data={**_progress(some[0]), "rank": rank},
        )

    async def cancel(self, album: str | None = None) -> Answer:
        """Cancel the runs of an album; without a text, of the only one."""
        if (entry := loaded_entry(self._hass)) is None:
            return _NOT_LOADED
        live = [one for one in entry.runtime_data.albums if not one.has_ended]
        some, is_clear = await self._meant(live, album) if album else (live, True)
        if not some:
            key = "say_not_asked_for" if album else "say_idle"
            return Answer(key=key, values={"text": album or ""}, is_failure=True)
        if len({one.topic.album_id for one in some}) > 1 or not is_clear:
            return _which(some)
        try:
            for one in some:
                await self._act("cancel", run_id=one.run_id)
        except HomeAssistantError as err:
            return _refused(err)
        return Answer(
            key="say_cancelled", albums=(_named(some[0]),), data=_progress(some[0])
        )

    async def _meant(
        self, shown: Sequence[TrackedAlbum], text: str
    ) -> tuple[list[TrackedAlbum], bool]:
        """Return the albums that a text may mean, and whether that is clear."""
        asked = parse_request_text(text)
        if asked.album_id:
            return [one for one in shown if one.topic.album_id == asked.album_id], True
        albums = {one.topic.album_id: _album(one) for one in shown}
        found, is_clear = await self._hass.async_add_executor_job(
            match_among, list(albums.values()), asked.text
        )
        meant = {album.album_id for album in found}
        return [one for one in shown if one.topic.album_id in meant], is_clear

    async def _act(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action in the user's name."""
        try:
            response = await self._hass.services.async_call(
                DOMAIN,
                action,
                data,
                blocking=True,
                return_response=True,
                context=self._context,
            )
        except vol.Invalid as err:
            # The action does not accept the spoken text.
            raise HomeAssistantError from err
        return dict(response or {})


NOT_EXPOSED = Answer(key="say_not_exposed", is_failure=True)
_NOT_LOADED = Answer(key="say_not_loaded", is_failure=True)


def _refused(err: HomeAssistantError) -> Answer:
    """Answer why it was not done, or ask back."""
    why = refusal(err)
    if why.matches:
        return Answer(
            key="say_which",
            albums=[
                Named(artist=one.artist, album=one.title, year=one.year)
                for one in why.matches
            ],
            data={"matches": [album_data(album) for album in why.matches]},
            is_failure=True,
            is_question=True,
        )
    return Answer(
        key=why.key or "say_failed",
        values=why.values,
        data={"error": why.key or "failed"},
        is_failure=True,
    )


def _which(some: Sequence[TrackedAlbum]) -> Answer:
    return Answer(
        key="say_which",
        albums=[_named(one) for one in some[:MOST_SAID]],
        data={"matches": [_progress(one) for one in some[:MOST_SAID]]},
        is_failure=True,
        is_question=True,
    )


def _album(shown: TrackedAlbum) -> Album:
    return Album(
        album_id=shown.topic.album_id,
        title=shown.title or shown.topic.album_id,
        artist=shown.artist,
    )


def _named(shown: TrackedAlbum) -> Named:
    return Named(artist=shown.artist, album=shown.title or shown.name)


def _progress(shown: TrackedAlbum) -> dict[str, Any]:
    """Return the progress of an album, in few values."""
    known = {
        ATTR_RUN_ID: shown.run_id,
        ATTR_ARTIST: shown.artist,
        ATTR_ALBUM: shown.title,
        ATTR_QUALITY: shown.topic.quality.value,
        "status": shown.status.value,
        "percent": shown.percent,
        "reason": shown.reason,
        "releases": [
            {
                ATTR_RANK: one["rank"],
                "title": one["title"],
                ATTR_QUALITY: one["quality"],
            }
            for one in shown.choices
            if shown.status is S.AWAITING_SELECTION
        ],
    }
    return {name: value for name, value in known.items() if value not in (None, [], "")}
