"""The sensors of the service's own device."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE
from homeassistant.core import callback

from ..const import ATTR_ALBUM, ATTR_ARTIST, ATTR_QUALITY, ATTR_REASON, ATTR_SEQ
from ..core.app import App
from ..core.downloads.monitor import Progress
from ..core.errors import StoreError
from ..core.model import AlbumEvent, WorkflowStatus as S
from ..core.transitions import ENDS
from ..entity import MusicAgregatorEntity
from ..runtime import MusicAgregatorConfigEntry

_DOWNLOADING = frozenset({S.COMPLETE, S.DOWNLOADING, S.STALLED})


@dataclass(frozen=True, kw_only=True)
class CountDescription(SensorEntityDescription):
    """Describes a sensor that counts runs."""

    count_fn: Callable[[App], int]


COUNTS = (
    CountDescription(
        key="active_workflows",
        count_fn=lambda app: len(app.live_runs),
    ),
    CountDescription(
        key="downloads_in_progress",
        count_fn=lambda app: sum(run.status in _DOWNLOADING for run in app.live_runs),
    ),
)


class CountSensor(MusicAgregatorEntity, SensorEntity):
    """The number of runs of a kind."""

    entity_description: CountDescription
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(
        self, entry: MusicAgregatorConfigEntry, description: CountDescription
    ) -> None:
        """Initialize the sensor."""
        super().__init__(entry, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> int:
        """Return how many there are."""
        return self.entity_description.count_fn(self.app)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the runs."""
        await super().async_added_to_hass()
        self.async_on_remove(self.app.bus.published.connect(self._async_follow))

    @callback
    def _async_follow(self, _: AlbumEvent) -> None:
        """Write the state."""
        self.async_write_soon()


class WantedSensor(MusicAgregatorEntity, SensorEntity):
    """The number of wanted albums."""

    _attr_state_class = SensorStateClass.MEASUREMENT

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the ends of runs."""
        await super().async_added_to_hass()
        self.async_on_remove(self.app.bus.published.connect(self._async_follow))
        self.async_on_remove(self.app.wanted.changed.connect(self._async_count_soon))
        self._attr_native_value = await self.app.history.wanted()

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Count again after an end."""
        if event.status in ENDS:
            self._async_count_soon()

    @callback
    def _async_count_soon(self) -> None:
        """Count again soon."""
        self.hass.async_create_task(self._async_count(), eager_start=False)

    async def _async_count(self) -> None:
        """Count, and write the state; while the database is away it stays."""
        with suppress(StoreError):
            self._attr_native_value = await self.app.history.wanted()
        self.async_write_soon()


class LatestEventSensor(MusicAgregatorEntity, SensorEntity):
    """Follows the latest event."""

    _seq = 0

    def take(self, event: AlbumEvent) -> None:
        """Apply an event."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the events, and begin with the last one."""
        await super().async_added_to_hass()
        self.async_on_remove(self.app.bus.published.connect(self._async_follow))
        last = await self.app.history.last_event()
        if last is not None and last.seq > self._seq:
            self.take(last)

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Take an event and write the state."""
        self._seq = event.seq
        self.take(event)
        self.async_write_soon()


class LatestStatusSensor(LatestEventSensor):
    """The latest status of all runs."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [status.value for status in S]

    @override
    def take(self, event: AlbumEvent) -> None:
        """Apply an event."""
        self._attr_native_value = event.status.value
        self._attr_extra_state_attributes = {
            ATTR_ALBUM: event.data.get("album"),
            ATTR_ARTIST: event.data.get("artist"),
            ATTR_QUALITY: event.quality.value,
            ATTR_REASON: event.data.get("reason"),
            ATTR_SEQ: event.seq,
        }


class DownloadProgressSensor(LatestEventSensor):
    """The progress of the latest run's download."""

    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0
    _run_id = ""
    _is_on_disk = False

    @property
    @override
    def available(self) -> bool:
        """Return False while qBittorrent is away, until the music is there."""
        return self._is_on_disk or not self.is_client_away

    @override
    def take(self, event: AlbumEvent) -> None:
        """Apply an event."""
        self._run_id = event.run_id
        self._is_on_disk = event.status is S.DOWNLOADED
        if event.status is S.DOWNLOADED:
            self._attr_native_value = 100
        elif event.status is S.DOWNLOADING:
            self._attr_native_value = event.data.get("percent")
        elif event.status is not S.STALLED:
            self._attr_native_value = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the events, and the progress between them."""
        await super().async_added_to_hass()
        self.async_on_remove(self.app.monitor.progress.connect(self._async_progress))
        health = self.app.client_health
        self.async_on_remove(health.changed.connect(self.async_write_soon))

    @callback
    def _async_progress(self, progress: Progress) -> None:
        """Write the state at a limited rate."""
        if progress.run_id == self._run_id:
            self._attr_native_value = progress.percent
            self.async_write_soon(is_progress=True)


def service_sensors(entry: MusicAgregatorConfigEntry) -> list[SensorEntity]:
    """Return every sensor of the service."""
    return [
        *(CountSensor(entry, description) for description in COUNTS),
        WantedSensor(entry, "wanted_albums"),
        LatestStatusSensor(entry, "latest_status"),
        DownloadProgressSensor(entry, "download_progress"),
    ]
