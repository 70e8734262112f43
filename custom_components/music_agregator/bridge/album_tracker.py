"""AlbumTracker: the state of each recent album, folded from its events.

An album is tracked while a run of its topic is live, and for a while after the last has
ended. Requested again, it is the same album with the same entities.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later

from ..config.options import has_album_entities, shown_seconds
from ..const import COVER_URL, DOMAIN
from ..core.app import App
from ..core.common.signal import Signal
from ..core.downloads.monitor import Progress
from ..core.model import AlbumEvent, Mode, Topic, WorkflowStatus as S, album_name
from ..core.transitions import ENDS
from .ha_internals import async_forget_deleted, async_signed

type AddAlbums = Callable[[Sequence[TrackedAlbum]], None]

# Signatures end with Home Assistant's process anyway.
_SIGNED = timedelta(days=365)
_FORGET_SECONDS = 5.0


def device_name(entry: ConfigEntry, key: str) -> str:
    """Return the identifier of an album's device."""
    return f"{entry.entry_id}_album_{key}"


class TrackedAlbum:
    """An album in a quality, in the state of its newest run. `changed` is emitted."""

    def __init__(self, topic: Topic, hass: HomeAssistant) -> None:
        """Initialize the album."""
        self.changed = Signal[()]()
        self.topic = topic
        self._hass = hass
        self.run_id = ""
        self.artist = ""
        self.title = ""
        self.mode = Mode.AUTOMATIC
        self.has_cover = False
        self.release_date: str | None = None
        self.changed_at = 0.0
        # Whether it ever waited for a choice: the select entity stays.
        self.asks = False
        self._begin_anew("", 0.0)

    def _begin_anew(self, run_id: str, now: float) -> None:
        self.run_id = run_id
        self.began_at = now
        # The last status before the end.
        self.step = S.FETCHING_METADATA
        self.status = S.FETCHING_METADATA
        self.reason: str | None = None
        self.percent: int | None = None
        self.speed: int | None = None
        self.found: str | None = None
        self.details: Mapping[str, Any] = {}
        self.time_left: int | None = None
        self.choices: list[dict[str, Any]] = []
        self.chosen: int | None = None

    @property
    def key(self) -> str:
        """Return the key of its entities' unique ids."""
        return f"{self.topic.album_id}_{self.topic.quality}"

    @property
    def name(self) -> str:
        """Return its name."""
        return album_name(self.artist, self.title, self.topic.album_id)

    @property
    def has_ended(self) -> bool:
        """Return whether its newest run has ended."""
        return self.status in ENDS

    @property
    def cover(self) -> str | None:
        """Return the signed address of its cover, if it has one."""
        return self._signed_cover if self.has_cover else None

    @cached_property
    def _signed_cover(self) -> str | None:
        path = COVER_URL.format(album_id=self.topic.album_id)
        return async_signed(self._hass, path, _SIGNED)

    def take(self, event: AlbumEvent) -> None:
        """Apply an event."""
        data = event.data
        if event.run_id != self.run_id:
            self._begin_anew(event.run_id, event.at)
        self.status = event.status
        if event.status not in ENDS:
            self.step = event.status
        self.changed_at = event.at
        self.reason = data.get("reason")
        self.details = data if "error" in data else {}
        self.artist = str(data.get("artist") or self.artist)
        self.title = str(data.get("album") or self.title)
        self.release_date = data.get("first_release_date") or self.release_date
        self.has_cover = bool(data.get("has_cover", self.has_cover))
        if event.status is S.FETCHING_METADATA:
            self.mode = Mode(data.get("mode", self.mode))
        elif event.status is S.AWAITING_SELECTION:
            self.asks = True
            self.choices = list(data.get("top", ()))
        elif event.status is S.ADDING_TORRENT:
            self.chosen = data.get("rank")
            self.found = data.get("quality")
            self.percent = self.speed = self.time_left = None
        elif event.status is S.DOWNLOADING:
            self._take_progress(data)
        elif event.status is S.DOWNLOADED:
            self.found = data.get("quality")
            self.percent, self.speed, self.time_left = 100, 0, 0
        elif event.status is not S.STALLED:
            self.percent = self.speed = self.time_left = None

    def take_live(self, progress: Progress) -> None:
        """Apply the progress between two events."""
        self.percent = min(progress.percent, 99)
        self.speed = progress.speed
        self.time_left = progress.time_left

    def as_dict(self) -> dict[str, Any]:
        """Return its state for the card."""
        return {
            "run_id": self.run_id,
            "album_id": self.topic.album_id,
            "quality": self.topic.quality.value,
            "mode": self.mode.value,
            "artist": self.artist,
            "album": self.title,
            "status": self.status.value,
            "step": self.step.value,
            "began_at": self.began_at,
            "at": self.changed_at,
            "percent": self.percent,
            "speed": self.speed,
            "time_left": self.time_left,
            "found": self.found,
            "chosen": self.chosen,
            "error": self.details.get("error"),
            "reason": self.reason,
            "details": dict(self.details),
        }

    def _take_progress(self, data: Mapping[str, Any]) -> None:
        self.percent = data.get("percent")
        self.speed = data.get("speed")
        self.time_left = data.get("time_left")


class AlbumTracker:
    """The tracked albums, each with a device."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        app: App,
    ) -> None:
        """Initialize the albums."""
        self._hass = hass
        self._entry = entry
        self._app = app
        self._kept_seconds = shown_seconds(entry)
        self._albums: dict[Topic, TrackedAlbum] = {}
        self._adders: list[AddAlbums] = []
        self._timers: dict[Topic, CALLBACK_TYPE] = {}
        self._ends: list[CALLBACK_TYPE] = []
        # The seq of the last applied event.
        self.seq = 0
        # Emitted with an album that is no longer tracked.
        self.gone = Signal[TrackedAlbum]()

    def __iter__(self) -> Iterator[TrackedAlbum]:
        """Iterate over the tracked albums."""
        return iter(tuple(self._albums.values()))

    def label(self, album: TrackedAlbum) -> str:
        """Return the name of an album's device: with its year if another has its name."""
        is_namesake = any(
            other.name == album.name and other.topic.album_id != album.topic.album_id
            for other in self
        )
        told_apart = (album.release_date or album.topic.album_id)[:4]
        return f"{album.name} ({told_apart})" if is_namesake else album.name

    async def async_setup(self) -> None:
        """Apply the stored events, and follow the live ones."""
        app = self._app
        head = await app.history.head()
        seen = 0
        since = self._app.clock.now() - self._kept_seconds
        waiting: list[AlbumEvent] = []
        stop_waiting = app.bus.published.connect(waiting.append)
        for event in await app.history.recent_events(since):
            self._take(event)
            seen = event.seq
        stop_waiting()
        for event in waiting:
            if event.seq > seen:
                self._take(event)
        # Events of albums that are no longer tracked count as applied, too.
        self.seq = max(head, self.seq)
        # The seqs of a lost store do not continue in the next.
        app.restored.connect(self._async_restored)
        self._ends += [
            app.bus.published.connect(self._async_follow),
            app.monitor.progress.connect(self._async_progress),
        ]
        self._entry.async_on_unload(self.async_stop)
        self._async_clear_registry()
        for album in self:
            self._async_schedule(album)

    @callback
    def async_add_listener(self, add: AddAlbums) -> None:
        """Call `add` with the tracked albums, and with those that appear or wait for a choice."""
        if has_album_entities(self._entry):
            self._adders.append(add)
            add(tuple(self))

    @callback
    def _async_restored(self) -> None:
        self.seq = 0

    def _take(self, event: AlbumEvent) -> TrackedAlbum:
        album = self._albums.setdefault(
            event.topic, TrackedAlbum(event.topic, self._hass)
        )
        album.take(event)
        self.seq = event.seq
        return album

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Apply a live event."""
        is_new = event.topic not in self._albums
        name = None if is_new else self._albums[event.topic].name
        asked = not is_new and self._albums[event.topic].asks
        album = self._take(event)
        self._async_schedule(album)
        if is_new or album.asks != asked:
            for add in self._adders:
                add((album,))
        if name not in {None, album.name} and (device := self._device(album)):
            label = self.label(album)
            dr.async_get(self._hass).async_update_device(device.id, name=label)
        album.changed.emit()

    @callback
    def _async_progress(self, progress: Progress) -> None:
        """Apply the progress of a download."""
        for album in self._albums.values():
            if album.run_id == progress.run_id:
                album.take_live(progress)
                album.changed.emit()
                return

    @callback
    def _async_schedule(self, album: TrackedAlbum) -> None:
        """Schedule the removal of an album that has ended."""
        if cancel := self._timers.pop(album.topic, None):
            cancel()
        if album.has_ended:
            left = album.changed_at + self._kept_seconds - self._app.clock.now()
            left = min(left, self._kept_seconds)

            @callback
            def go(_: Any) -> None:
                self._async_remove(album)

            self._timers[album.topic] = async_call_later(
                self._hass, max(left, 0.0), HassJob(go, cancel_on_shutdown=True)
            )

    @callback
    def async_dismiss(self, run_id: str) -> None:
        """Stop tracking an ended album."""
        for album in self:
            if album.run_id == run_id and album.has_ended:
                if cancel := self._timers.pop(album.topic, None):
                    cancel()
                self._async_remove(album)

    @callback
    def _async_remove(self, album: TrackedAlbum) -> None:
        """Stop tracking an album; remove its device with its entities."""
        self._timers.pop(album.topic, None)
        self._albums.pop(album.topic, None)
        if device := self._device(album):
            dr.async_get(self._hass).async_remove_device(device.id)
            self._async_forget()
        self.gone.emit(album)

    @callback
    def _async_forget(self) -> None:
        """Leave no records in the registries of albums that have gone."""
        prefix = device_name(self._entry, "")
        shown = {device_name(self._entry, album.key) for album in self}

        def is_gone(name: str) -> bool:
            return name.startswith(prefix) and not any(map(name.startswith, shown))

        @callback
        def forget(_: Any) -> None:
            async_forget_deleted(self._hass, is_gone)

        # Entities are deleted a moment after their device.
        self._ends.append(
            async_call_later(
                self._hass,
                _FORGET_SECONDS,
                HassJob(forget, cancel_on_shutdown=True),
            )
        )

    @callback
    def _async_clear_registry(self) -> None:
        """Remove the devices of albums that are no longer tracked."""
        registry = dr.async_get(self._hass)
        prefix = device_name(self._entry, "")
        shown: set[str] = set()
        if has_album_entities(self._entry):
            shown = {device_name(self._entry, album.key) for album in self}
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            names = {name for domain, name in device.identifiers if domain == DOMAIN}
            if any(name.startswith(prefix) and name not in shown for name in names):
                registry.async_remove_device(device.id)
        self._async_forget()

    def _device(self, album: TrackedAlbum) -> dr.DeviceEntry | None:
        return dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, device_name(self._entry, album.key)), self._entry.entry_id
        )

    @callback
    def async_stop(self) -> None:
        """Stop following events, before the platforms are unloaded."""
        for end in (*self._ends, *self._timers.values()):
            end()
        self._ends.clear()
        self._timers.clear()
