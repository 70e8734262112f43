"""The to-do list: wanted albums and runs are open items, albums on disk are completed."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, override

from homeassistant.components.todo import (
    TodoItem,
    TodoItemStatus,
    TodoListEntity,
    TodoListEntityFeature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .assist.phrasing import fill
from .bridge.album_tracker import TrackedAlbum
from .bridge.pending_items import PendingItem
from .bridge.permissions import async_requester
from .const import DOMAIN, TODO_KEY
from .core.downloads.monitor import Progress
from .core.errors import MetadataUnavailableError, StoreError
from .core.model import (
    Album,
    AlbumEvent,
    Requester,
    Topic,
    WorkflowStatus as S,
    album_name,
)
from .core.store.wanted import WantedAlbum
from .core.transitions import ENDS
from .entity import MusicAgregatorEntity
from .errors import translated
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0

_OWNED = frozenset({S.DOWNLOADED, S.ALREADY_OWNED})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the list."""
    async_add_entities([WantedList(entry, "wanted")])


class WantedList(MusicAgregatorEntity, TodoListEntity):
    """The user's wanted albums as a to-do list."""

    _attr_supported_features = (
        TodoListEntityFeature.CREATE_TODO_ITEM
        | TodoListEntityFeature.DELETE_TODO_ITEM
        | TodoListEntityFeature.UPDATE_TODO_ITEM
    )

    def __init__(self, entry: MusicAgregatorConfigEntry, key: str) -> None:
        """Initialize the list."""
        super().__init__(entry, key)
        self._attr_unique_id = f"{entry.entry_id}_{TODO_KEY}"
        self._albums = entry.runtime_data.albums
        self._pending = entry.runtime_data.pending
        self._wanted: dict[Topic, tuple[WantedAlbum, Album]] = {}
        self._words: dict[str, str] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the tracked albums, the pending items and the wanted list."""
        await super().async_added_to_hass()
        for category in ("exceptions", "entity"):
            self._words |= await async_get_translations(
                self.hass, self.hass.config.language, category, [DOMAIN]
            )
        for stop in (
            self.app.bus.published.connect(self._async_follow),
            self.app.monitor.progress.connect(self._async_progress),
            self.app.wanted.changed.connect(self._async_read_soon),
            self._albums.gone.connect(self._async_gone),
            self._pending.changed.connect(self.async_write_soon),
        ):
            self.async_on_remove(stop)
        with suppress(StoreError):
            await self._async_read()

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        self.async_write_soon(is_progress=event.status is S.DOWNLOADING)
        if event.status in ENDS:
            self._async_read_soon()

    @callback
    def _async_progress(self, _: Progress) -> None:
        self.async_write_soon(is_progress=True)

    @callback
    def _async_gone(self, _: TrackedAlbum) -> None:
        self.async_write_soon()

    @callback
    def _async_read_soon(self) -> None:
        self.hass.async_create_task(self._async_read_and_write(), eager_start=False)

    async def _async_read_and_write(self) -> None:
        """Read, and write the state; while the database is away it stays."""
        with suppress(StoreError):
            await self._async_read()
        self.async_write_soon()

    async def _async_read(self) -> None:
        """Read the wanted list."""
        found = await self.app.history.wanted_albums()
        self._wanted = {one.topic: (one, album) for one, album in found.items()}

    @property
    @override
    def todo_items(self) -> list[TodoItem]:
        """Return the items: tracked albums, wanted albums, pending items."""
        return [
            *self._shown(),
            *self._sought(),
            *map(self._pending_item, self._pending),
        ]

    def _shown(self) -> Iterator[TodoItem]:
        for shown in self._albums:
            if shown.status is S.CANCELLED:
                continue
            is_done = shown.status in _OWNED
            yield TodoItem(
                uid=shown.key,
                summary=shown.name,
                status=TodoItemStatus.COMPLETED if is_done else _OPEN,
                due=_date(shown.release_date),
                description=self._described(shown),
            )

    def _sought(self) -> Iterator[TodoItem]:
        shown = {one.topic for one in self._albums if one.status is not S.CANCELLED}
        for topic, (one, album) in self._wanted.items():
            if topic not in shown:
                yield TodoItem(
                    uid=_uid(topic),
                    summary=_name(album),
                    status=_OPEN,
                    due=_date(album.first_release_date),
                    description=self._again(one, self._status(S.NOT_FOUND)),
                )

    def _pending_item(self, pending: PendingItem) -> TodoItem:
        matches = "; ".join(
            f"{number}. {match['artist']} - {match['album']}"
            f" ({', '.join(_facts(match))})"
            for number, match in enumerate(pending.matches, start=1)
        )
        if pending.matches:
            description = self._say("todo_which", matches=matches)
        elif pending.trouble == MetadataUnavailableError.code:
            description = self._say("todo_away")
        else:
            description = self._say(pending.trouble or "todo_looking", **pending.values)
        return TodoItem(
            uid=pending.uid, summary=pending.text, status=_OPEN, description=description
        )

    def _described(self, shown: TrackedAlbum) -> str:
        """Describe the state of an album."""
        words = self._status(shown.status)
        if shown.percent is not None and not shown.has_ended:
            words = f"{words}, {shown.percent} %"
        if shown.reason:
            reason = self._say(f"reason_{shown.details.get('error')}", **shown.details)
            words = f"{words}: {reason or shown.reason}"
        if known := self._wanted.get(shown.topic):
            return self._again(known[0], words)
        return words

    def _again(self, one: WantedAlbum, status: str) -> str:
        at = dt_util.as_local(dt_util.utc_from_timestamp(one.next_at))
        when = at.strftime("%Y-%m-%d %H:%M")
        return self._say("todo_searched_again", status=status.rstrip("."), when=when)

    def _status(self, status: S) -> str:
        key = f"component.{DOMAIN}.entity.sensor.album_status.state.{status}"
        return self._words.get(key, status.value)

    def _say(self, key: str, **values: Any) -> str:
        words = self._words.get(f"component.{DOMAIN}.exceptions.{key}.message", "")
        return fill(words, values)

    async def _async_requester(self) -> Requester | None:
        """Return the user of the call; each call has a context of its own, or none."""
        context, self._context = self._context, None
        return await async_requester(self.hass, context)

    @override
    async def async_create_todo_item(self, item: TodoItem) -> None:
        """Request an album."""
        requester = await self._async_requester()
        await self._pending.async_add(item.summary or "", requested_by=requester)

    @override
    async def async_update_todo_item(self, item: TodoItem) -> None:
        """Change a pending item, or complete, reopen or cancel an album."""
        uid, text = item.uid or "", (item.summary or "").strip()
        is_ticked = item.status == TodoItemStatus.COMPLETED
        if pending := self._pending.find(uid):
            if is_ticked:
                await self._pending.async_remove(uid)
            elif text != pending.text:
                await self._pending.async_rename(pending, text)
            return
        before = next((one for one in self.todo_items if one.uid == uid), None)
        topic, shown = self._topic(uid)
        if before is None or topic is None:
            raise _refused("todo_gone")
        if before.status is TodoItemStatus.COMPLETED:
            if not is_ticked or text != before.summary:
                raise _refused("todo_done")
            return
        if is_ticked:
            await self._async_forget(topic, shown)
        elif text != before.summary:
            if shown is not None and not shown.has_ended:
                raise _refused("todo_busy")
            requester = await self._async_requester()
            await self._pending.async_add(
                text, topic.quality.value, requested_by=requester
            )
            await self._async_forget(topic, shown)

    @override
    async def async_delete_todo_items(self, uids: list[str]) -> None:
        """Remove some albums; what is on disk stays there."""
        for uid in uids:
            await self._pending.async_remove(uid)
            topic, shown = self._topic(uid)
            if topic is not None:
                await self._async_forget(topic, shown)

    async def _async_forget(self, topic: Topic, shown: TrackedAlbum | None) -> None:
        """End the run or the search of an album, and stop tracking it."""
        await translated(self.app.unwant(topic))
        if shown is not None and shown.has_ended:
            await translated(self.app.history.dismiss(shown.run_id))
            self._albums.async_dismiss(shown.run_id)
        await self._async_read_and_write()

    def _topic(self, uid: str) -> tuple[Topic | None, TrackedAlbum | None]:
        """Return the topic of an item."""
        for shown in self._albums:
            if shown.key == uid:
                return shown.topic, shown
        for topic in self._wanted:
            if _uid(topic) == uid:
                return topic, None
        return None, None


_OPEN = TodoItemStatus.NEEDS_ACTION


def _refused(key: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)


def _uid(topic: Topic) -> str:
    return f"{topic.album_id}_{topic.quality}"


def _name(album: Album) -> str:
    return album_name(album.artist, album.title, album.album_id)


def _facts(match: Mapping[str, Any]) -> list[str]:
    year = (match["first_release_date"] or "")[:4]
    kinds = [match["type"] or "", *match["secondary_types"]]
    return [fact for fact in (year, *kinds) if fact]


def _date(text: str | None) -> date | None:
    """Return a release date; the first day of a year or a month."""
    parts = [int(part) for part in (text or "").split("-") if part.isdecimal()]
    try:
        return date(*[*parts, 1, 1][:3]) if parts else None
    except ValueError:
        return None
