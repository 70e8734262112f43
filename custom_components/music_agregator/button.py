"""Buttons of an album: cancel its run, try again."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.model import WorkflowStatus as S
from .entity import AlbumEntity, async_add_albums
from .errors import translated
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0

_HAD = frozenset({S.DOWNLOADED, S.ALREADY_OWNED})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    async_add_albums(
        hass,
        entry,
        async_add_entities,
        lambda album: [
            CancelButton(entry, album, "cancel"),
            RetryButton(entry, album, "retry"),
        ],
    )


class CancelButton(AlbumEntity, ButtonEntity):
    """Ends the album's run."""

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a run, or a search, to end."""
        return not self.album.has_ended or self.album.status is S.NOT_FOUND

    @override
    async def async_press(self) -> None:
        """Cancel the run."""
        await translated(self.app.cancel(self.album.run_id))


class RetryButton(AlbumEntity, ButtonEntity):
    """Requests the album again."""

    @property
    @override
    def available(self) -> bool:
        """Return whether a run has ended without music on disk."""
        return self.album.has_ended and self.album.status not in _HAD

    @override
    async def async_press(self) -> None:
        """Start a new run."""
        await translated(self.app.retry(self.album.run_id))
