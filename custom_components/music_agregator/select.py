"""The choice of a release for an album that waits for one."""

from typing import Any, override

from homeassistant.components.select import SelectEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.common.format import megabytes
from .core.model import WorkflowStatus as S
from .entity import AlbumEntity, async_add_albums
from .errors import translated
from .runtime import MusicAgregatorConfigEntry

PARALLEL_UPDATES = 0

NONE_OF_THEM = "none"
# A state has room for 255 characters.
_LABEL_LENGTH = 200


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MusicAgregatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects."""
    async_add_albums(
        hass,
        entry,
        async_add_entities,
        lambda album: [ReleaseSelect(entry, album, "release")] if album.asks else [],
    )


def label(choice: dict[str, Any]) -> str:
    """Return a candidate in one line: rank, quality, size, seeders and title."""
    size, seeders = choice.get("size_bytes"), choice.get("seeders")
    facts = [
        choice["quality"],
        megabytes(size) if size else "",
        f"{seeders} seeders" if seeders is not None else "",
        choice["title"],
    ]
    line = f"{choice['rank']}. " + " · ".join(fact for fact in facts if fact)
    return line[:_LABEL_LENGTH]


class ReleaseSelect(AlbumEntity, SelectEntity):
    """The best candidates of an album."""

    _attr_current_option = None

    @property
    @override
    def available(self) -> bool:
        """Return whether the run waits for a choice."""
        return self.album.status is S.AWAITING_SELECTION

    @property
    @override
    def options(self) -> list[str]:
        """Return the candidates, and the option to take none."""
        return [*self._ranks, NONE_OF_THEM]

    @property
    def _ranks(self) -> dict[str, int]:
        return {label(choice): choice["rank"] for choice in self.album.choices}

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose a candidate."""
        rank = self._ranks.get(option)
        await translated(self.app.select(self.album.run_id, rank))
