"""The albums on show: what the entities tell of each, folded from its events.

An album is shown while a run of its topic lives, and for a while after the last has
ended. Asked for again, it is the same album, and the same entities.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later

from ..config.options import shown_seconds
from ..const import COVER_URL, DOMAIN
from ..core.app import App
from ..core.common.signal import Signal
from ..core.downloads.monitor import Progress
from ..core.model import AlbumEvent, Mode, Topic, WorkflowStatus as S
from ..core.transitions import ENDS

type AddAlbums = Callable[[Sequence[TrackedAlbum]], None]

# A signed address lasts as long as this start does, and no longer than an album is shown.
_SIGNED = timedelta(days=365)


def device_name(entry: ConfigEntry, key: str) -> str:
    """Return what the device registry knows an album's device by."""
    return f"{entry.entry_id}_album_{key}"


class TrackedAlbum:
    """One album in one quality, as its newest run has it; tells of every change."""

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
        # Whether it ever asked: what offered the choice stays.
        self.asks = False
        self._begin_anew("", 0.0)

    def _begin_anew(self, run_id: str, now: float) -> None:
        self.run_id = run_id
        self.began_at = now
        # How far it had come when it left the path.
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
        """Return what its entities' ids begin with."""
        return f"{self.topic.album_id}_{self.topic.quality}"

    @property
    def name(self) -> str:
        """Return what people call it."""
        if not self.title:
            return f"Album {self.topic.album_id[:8]}"
        return f"{self.artist} - {self.title}" if self.artist else self.title

    @property
    def has_ended(self) -> bool:
        """Say whether its newest run has ended."""
        return self.status in ENDS

    @property
    def cover(self) -> str | None:
        """Return the address of its cover, if MusicBrainz knows of one."""
        return self._signed_cover if self.has_cover else None

    @cached_property
    def _signed_cover(self) -> str:
        path = COVER_URL.format(album_id=self.topic.album_id)
        return async_sign_path(self._hass, path, _SIGNED, use_content_user=True)

    def take(self, event: AlbumEvent) -> None:
        """Become what an event says."""
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
        """Take the progress between two events."""
        self.percent = min(progress.percent, 99)
        self.speed = progress.speed
        self.time_left = progress.time_left

    def as_dict(self) -> dict[str, Any]:
        """Return what the card shows of it."""
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
    """All albums on show; a device of each comes and goes with it."""

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
        # The last event that is folded in.
        self.seq = 0
        # Tells of albums that are on show no longer.
        self.gone = Signal[TrackedAlbum]()

    def __iter__(self) -> Iterator[TrackedAlbum]:
        """Iterate over the albums on show."""
        return iter(tuple(self._albums.values()))

    async def async_setup(self) -> None:
        """Fold what the event table tells, and follow what comes."""
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
        # What is on show no longer is known, too: nobody is to be told of it again.
        self.seq = max(head, self.seq)
        # The numbers of a store that was lost say nothing of the next.
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
        """Call `add` with the albums on show, and with those that come or ask."""
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
        """Take a live event."""
        is_new = event.topic not in self._albums
        name = None if is_new else self._albums[event.topic].name
        asked = not is_new and self._albums[event.topic].asks
        album = self._take(event)
        self._async_schedule(album)
        if is_new or album.asks != asked:
            for add in self._adders:
                add((album,))
        if name not in {None, album.name} and (device := self._device(album)):
            dr.async_get(self._hass).async_update_device(device.id, name=album.name)
        album.changed.emit()

    @callback
    def _async_progress(self, progress: Progress) -> None:
        """Take the progress of a download."""
        for album in self._albums.values():
            if album.run_id == progress.run_id:
                album.take_live(progress)
                album.changed.emit()
                return

    @callback
    def _async_schedule(self, album: TrackedAlbum) -> None:
        """See to it that an album goes a while after it has ended."""
        if cancel := self._timers.pop(album.topic, None):
            cancel()
        if album.has_ended:
            left = album.changed_at + self._kept_seconds - self._app.clock.now()

            @callback
            def go(_: Any) -> None:
                self._async_remove(album)

            self._timers[album.topic] = async_call_later(
                self._hass, max(left, 0.0), HassJob(go, cancel_on_shutdown=True)
            )

    @callback
    def async_dismiss(self, run_id: str) -> None:
        """Show an ended album no longer."""
        for album in self:
            if album.run_id == run_id and album.has_ended:
                if cancel := self._timers.pop(album.topic, None):
                    cancel()
                self._async_remove(album)

    @callback
    def _async_remove(self, album: TrackedAlbum) -> None:
        """Show an album no longer; its entities go with its device."""
        self._timers.pop(album.topic, None)
        self._albums.pop(album.topic, None)
        if device := self._device(album):
            dr.async_get(self._hass).async_remove_device(device.id)
        self.gone.emit(album)

    @callback
    def _async_clear_registry(self) -> None:
        """Remove the devices of albums that are on show no longer."""
        registry = dr.async_get(self._hass)
        prefix = device_name(self._entry, "")
        shown = {device_name(self._entry, album.key) for album in self}
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            names = {name for domain, name in device.identifiers if domain == DOMAIN}
            if any(name.startswith(prefix) and name not in shown for name in names):
                registry.async_remove_device(device.id)

    def _device(self, album: TrackedAlbum) -> dr.DeviceEntry | None:
        return dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, device_name(self._entry, album.key)), self._entry.entry_id
        )

    @callback
    def async_stop(self) -> None:
        """Follow nothing more: before the platforms go, whose entities these make."""
        for end in (*self._ends, *self._timers.values()):
            end()
        self._ends.clear()
        self._timers.clear()
