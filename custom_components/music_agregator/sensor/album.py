"""The sensors of one album."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import PERCENTAGE, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.typing import StateType

from ..bridge.album_tracker import TrackedAlbum
from ..const import ATTR_QUALITY, ATTR_REASON, ATTR_RUN_ID
from ..core.model import WorkflowStatus as S
from ..entity import AlbumEntity
from ..runtime import MusicAgregatorConfigEntry


@dataclass(frozen=True, kw_only=True)
class AlbumSensorDescription(SensorEntityDescription):
    """Describes a sensor of an album."""

    value_fn: Callable[[TrackedAlbum], StateType]


ALBUM_SENSORS = (
    AlbumSensorDescription(
        key="progress",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda album: album.percent,
    ),
    AlbumSensorDescription(
        key="time_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=lambda album: album.time_left,
    ),
)


def album_sensors(
    entry: MusicAgregatorConfigEntry, album: TrackedAlbum
) -> list[SensorEntity]:
    """Return the sensors of an album."""
    return [
        AlbumStatusSensor(entry, album, "status"),
        *(AlbumSensor(entry, album, description) for description in ALBUM_SENSORS),
    ]


class AlbumStatusSensor(AlbumEntity, SensorEntity):
    """The status of an album."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [status.value for status in S]

    @property
    @override
    def native_value(self) -> str:
        """Return the status."""
        return self.album.status.value

    @property
    @override
    def entity_picture(self) -> str | None:
        """Return the cover."""
        return self.album.cover

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        """Return the values for actions, and the reason of the end."""
        album = self.album
        return {
            ATTR_RUN_ID: album.run_id,
            ATTR_QUALITY: album.topic.quality.value,
            ATTR_REASON: album.reason,
        }


class AlbumSensor(AlbumEntity, SensorEntity):
    """A number of an album's download."""

    entity_description: AlbumSensorDescription

    def __init__(
        self,
        entry: MusicAgregatorConfigEntry,
        album: TrackedAlbum,
        description: AlbumSensorDescription,
    ) -> None:
        """Initialize the sensor."""
        super().__init__(entry, album, description.key)
        self.entity_description = description
        self._status = album.status

    @property
    @override
    def available(self) -> bool:
        """Return False while qBittorrent is away, until the music is there."""
        return self.album.has_ended or not self.is_client_away

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the album, and whether qBittorrent answers."""
        await super().async_added_to_hass()
        health = self.app.client_health
        self.async_on_remove(health.changed.connect(self.async_write_soon))

    @property
    @override
    def native_value(self) -> StateType:
        """Return the number."""
        return self.entity_description.value_fn(self.album)

    @override
    @callback
    def _async_follow(self) -> None:
        """Write the state: a new status soon, progress less often."""
        is_new = self._status is not self.album.status
        self._status = self.album.status
        self.async_write_soon(is_progress=not is_new)
