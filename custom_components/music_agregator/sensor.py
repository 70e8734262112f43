"""Sensors of Music Agregator."""

from time import monotonic
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_ALBUM, ATTR_ARTIST, ATTR_QUALITY, ATTR_REASON, ATTR_SEQ
from .core.downloads import Progress
from .core.model import AlbumEvent, WorkflowStatus
from .entity import MusicAgregatorEntity
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0
PROGRESS_SECONDS = 5.0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    async_add_entities(
        (
            ActiveWorkflowsSensor(entry, "active_workflows"),
            LatestStatusSensor(entry, "latest_status"),
            DownloadProgressSensor(entry, "download_progress"),
        )
    )


class ActiveWorkflowsSensor(MusicAgregatorEntity, SensorEntity):
    """How many runs live."""

    @property
    @override
    def native_value(self) -> int:
        """Return how many runs live."""
        return len(self.app.live_runs)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the runs."""
        self.async_on_remove(self.app.bus.listen(self._async_follow))

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Write the state."""
        self.async_write_ha_state()


class LatestEventSensor(MusicAgregatorEntity, SensorEntity):
    """Follows the latest event."""

    _seq = 0

    def take(self, event: AlbumEvent) -> None:
        """Become what an event says."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the events, and begin with the last one."""
        self.async_on_remove(self.app.bus.listen(self._async_follow))
        last = await self.app.history.last_event()
        if last is not None and last.seq > self._seq:
            self.take(last)

    @callback
    def _async_follow(self, event: AlbumEvent) -> None:
        """Take an event and write the state."""
        self._seq = event.seq
        self.take(event)
        self.async_write_ha_state()


class LatestStatusSensor(LatestEventSensor):
    """The latest status of all runs."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [status.value for status in WorkflowStatus]

    @override
    def take(self, event: AlbumEvent) -> None:
        """Become what an event says."""
        self._attr_native_value = event.status.value
        self._attr_extra_state_attributes = {
            ATTR_ALBUM: event.data.get("album"),
            ATTR_ARTIST: event.data.get("artist"),
            ATTR_QUALITY: event.quality.value,
            ATTR_REASON: event.data.get("reason"),
            ATTR_SEQ: event.seq,
        }


class DownloadProgressSensor(LatestEventSensor):
    """How far the download of the latest run is."""

    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_suggested_display_precision = 0
    _run_id = ""
    _written_at = 0.0

    @override
    def take(self, event: AlbumEvent) -> None:
        """Become what an event says."""
        self._run_id = event.run_id
        if event.status is WorkflowStatus.DOWNLOADED:
            self._attr_native_value = 100
        elif event.status is WorkflowStatus.DOWNLOADING:
            self._attr_native_value = event.data.get("percent")
        elif event.status is not WorkflowStatus.STALLED:
            self._attr_native_value = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the events, and the progress between them."""
        await super().async_added_to_hass()
        self.async_on_remove(self.app.monitor.listen(self._async_progress))

    @callback
    def _async_progress(self, progress: Progress) -> None:
        """Write the state, not too often."""
        now = monotonic()
        if progress.run_id != self._run_id or now - self._written_at < PROGRESS_SECONDS:
            return
        self._written_at = now
        self._attr_native_value = progress.percent
        self.async_write_ha_state()
