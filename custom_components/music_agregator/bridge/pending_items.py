"""PendingItems: lines of the to-do list that are not resolved to an album yet."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util.ulid import ulid_now

from ..config.options import default_ladder
from ..const import DOMAIN
from ..core.app import App
from ..core.common.signal import Signal
from ..core.errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
    ClosingError,
    InvalidAlbumIdError,
)
from ..core.metadata.request_text import parse_request_text
from ..core.metadata.similarity import parse_ordinal
from ..core.model import MonitorRequest, Requester
from ..core.quality import QualityProfile
from ..core.responses import MonitorResponse, album_data
from ..errors import refusal, translated

_AGAIN_SECONDS = 300.0
# Trouble that does not go away by itself.
_FINAL = frozenset(
    {AmbiguousAlbumError.code, AlbumNotFoundError.code, InvalidAlbumIdError.code}
)
_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingItem:
    """A line of the list, and its trouble if it was looked up."""

    uid: str
    text: str
    quality: str | None = None
    # The key of a sentence, and its placeholders; None while it is looked up.
    trouble: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    # The albums that it may mean, as the core's `album_data`; at most three.
    matches: tuple[Mapping[str, Any], ...] = ()
    # The user who added it, by the names of `Requester`.
    requested_by: Mapping[str, str] | None = None


def _store(hass: HomeAssistant) -> Store[list[dict[str, Any]]]:
    return Store(hass, _VERSION, f"{DOMAIN}.wishes")


async def async_remove_pending_items(hass: HomeAssistant) -> None:
    """Delete the saved items."""
    await _store(hass).async_remove()


class PendingItems:
    """The pending items. `changed` is emitted at every change."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, app: App) -> None:
        """Initialize the items."""
        self.changed = Signal[()]()
        self._hass = hass
        self._entry = entry
        self._app = app
        self._store = _store(hass)
        self._items: dict[str, PendingItem] = {}
        self._timer: CALLBACK_TYPE | None = None
        # One at a time: MusicBrainz answers once a second.
        self._turn = asyncio.Lock()

    async def async_setup(self) -> None:
        """Load the saved items, and look up those without a final trouble."""
        for kept in await self._store.async_load() or ():
            item = PendingItem(**{**kept, "matches": tuple(kept["matches"])})
            self._items[item.uid] = item
        self._entry.async_on_unload(self._async_cancel)
        self._async_look_up_all()

    def __iter__(self) -> Any:
        """Iterate over the items, in the order in which they were added."""
        return iter(tuple(self._items.values()))

    def find(self, uid: str) -> PendingItem | None:
        """Return an item."""
        return self._items.get(uid)

    async def async_add(
        self,
        text: str,
        quality: str | None = None,
        *,
        requested_by: Requester | None = None,
    ) -> None:
        """Add a line, and look it up in the background."""
        known = asdict(requested_by) if requested_by else None
        await self._async_begin(
            PendingItem(uid=ulid_now(), text=text, quality=quality, requested_by=known)
        )

    async def async_rename(self, item: PendingItem, text: str) -> None:
        """Change the text of an item; a number picks one of its matches."""
        rank = parse_ordinal(text) if len(text.split()) == 1 else None
        if rank is not None and rank > len(item.matches) > 0:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="todo_number",
                translation_placeholders={"most": str(len(item.matches))},
            )
        quality = item.quality or parse_request_text(item.text).quality
        if rank is not None and rank <= len(item.matches):
            text = str(item.matches[rank - 1]["album_id"])
        await self._async_begin(
            PendingItem(
                uid=item.uid,
                text=text,
                quality=quality,
                requested_by=item.requested_by,
            )
        )

    async def async_remove(self, uid: str) -> None:
        """Remove an item."""
        if self._items.pop(uid, None):
            await self._async_save()

    async def _async_begin(self, item: PendingItem) -> None:
        self._items[item.uid] = item
        await self._async_save()
        self._async_look_up(item)

    async def _async_save(self) -> None:
        await self._store.async_save([asdict(item) for item in self])
        self.changed.emit()

    @callback
    def _async_look_up(self, item: PendingItem) -> None:
        self._entry.async_create_background_task(
            self._hass,
            self._async_ask(item),
            f"{DOMAIN} wish",
            eager_start=False,
        )

    @callback
    def _async_look_up_all(self, _: Any = None) -> None:
        """Look up the items without a final trouble."""
        self._timer = None
        for item in self:
            if item.trouble not in _FINAL:
                self._async_look_up(item)

    async def _async_ask(self, item: PendingItem) -> None:
        """Request the album that an item means, or save its trouble."""
        meant = parse_request_text(item.text)
        ladder = default_ladder(self._entry)
        if quality := meant.quality or item.quality:
            ladder = [quality]
        first, *others = map(QualityProfile, ladder)
        request = MonitorRequest(
            album_id=meant.album_id,
            album=None if meant.album_id else meant.text,
            quality=first,
            ladder=tuple(others),
            requested_by=Requester.from_dict(item.requested_by),
        )
        found: PendingItem | None = None
        asked: MonitorResponse | None = None
        try:
            async with self._turn:
                if self._items.get(item.uid) is not item:
                    return
                asked = await translated(self._app.request(request))
        except HomeAssistantError as err:
            if isinstance(err.__cause__, ClosingError):
                return
            why = refusal(err)
            found = replace(
                item,
                trouble=why.key or "say_failed",
                values=why.values,
                matches=tuple(map(album_data, why.matches)),
            )
        # It may have been removed, or changed, meanwhile.
        is_wanted = self._items.get(item.uid) is item
        if found is None and not is_wanted and asked and asked.created:
            await self._app.unwant(asked.run.topic)
        if not is_wanted:
            return
        if found is None:
            del self._items[item.uid]
        else:
            self._items[item.uid] = found
            if found.trouble not in _FINAL and not self._timer:
                self._timer = async_call_later(
                    self._hass,
                    _AGAIN_SECONDS,
                    HassJob(self._async_look_up_all, cancel_on_shutdown=True),
                )
        await self._async_save()

    @callback
    def _async_cancel(self) -> None:
        if self._timer:
            self._timer()
            self._timer = None
