"""Wishes: lines of the to-do list that are no album yet, kept until they are one."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util.ulid import ulid_now

from .const import DOMAIN
from .core.app import App
from .core.common.signal import Signal
from .core.errors import (
    AlbumNotFoundError,
    AmbiguousAlbumError,
    ClosingError,
    InvalidAlbumIdError,
)
from .core.metadata.request_text import parse_request_text
from .core.metadata.similarity import parse_ordinal
from .core.model import MonitorRequest
from .core.quality import QualityProfile
from .core.responses import MonitorResponse
from .errors import translated
from .options import default_ladder
from .runtime import MusicAgregatorConfigEntry
from .voice import refusal

_AGAIN_SECONDS = 300.0
# Trouble that time does not mend.
_FINAL = frozenset(
    {AmbiguousAlbumError.code, AlbumNotFoundError.code, InvalidAlbumIdError.code}
)
_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A line as it was written, and what stands in its way."""

    uid: str
    text: str
    quality: str | None = None
    # The key of a sentence, and what fills it; None while it is looked up.
    trouble: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    # What it may mean: as the core's `album_data`, at most three.
    matches: tuple[Mapping[str, Any], ...] = ()


def _store(hass: HomeAssistant) -> Store[list[dict[str, Any]]]:
    return Store(hass, _VERSION, f"{DOMAIN}.wishes")


async def async_forget_wishes(hass: HomeAssistant) -> None:
    """Leave nothing behind."""
    await _store(hass).async_remove()


class Wishes:
    """What was written on the list and is no album yet; tells of every change."""

    def __init__(
        self, hass: HomeAssistant, entry: MusicAgregatorConfigEntry, app: App
    ) -> None:
        """Initialize the wishes."""
        self.changed = Signal[()]()
        self._hass = hass
        self._entry = entry
        self._app = app
        self._store = _store(hass)
        self._wishes: dict[str, Wish] = {}
        self._timer: CALLBACK_TYPE | None = None
        # One after the other: MusicBrainz answers once a second.
        self._turn = asyncio.Lock()

    async def async_setup(self) -> None:
        """Take up what was left, and look up what still has to be."""
        for kept in await self._store.async_load() or ():
            wish = Wish(**{**kept, "matches": tuple(kept["matches"])})
            self._wishes[wish.uid] = wish
        self._entry.async_on_unload(self._async_cancel)
        self._async_look_up_all()

    def __iter__(self) -> Any:
        """Iterate over the wishes, in the order in which they were written."""
        return iter(tuple(self._wishes.values()))

    def find(self, uid: str) -> Wish | None:
        """Return a wish."""
        return self._wishes.get(uid)

    async def async_add(self, text: str, quality: str | None = None) -> None:
        """Write a line down, and look it up in the background."""
        await self._async_begin(Wish(uid=ulid_now(), text=text, quality=quality))

    async def async_rename(self, wish: Wish, text: str) -> None:
        """Look for something else; a number picks one of the matches."""
        rank = parse_ordinal(text) if len(text.split()) == 1 else None
        if rank is not None and rank > len(wish.matches) > 0:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="todo_number",
                translation_placeholders={"most": str(len(wish.matches))},
            )
        quality = wish.quality or parse_request_text(wish.text).quality
        if rank is not None and rank <= len(wish.matches):
            text = str(wish.matches[rank - 1]["album_id"])
        await self._async_begin(Wish(uid=wish.uid, text=text, quality=quality))

    async def async_remove(self, uid: str) -> None:
        """Strike a line out."""
        if self._wishes.pop(uid, None):
            await self._async_save()

    async def _async_begin(self, wish: Wish) -> None:
        self._wishes[wish.uid] = wish
        await self._async_save()
        self._async_look_up(wish)

    async def _async_save(self) -> None:
        await self._store.async_save([asdict(wish) for wish in self])
        self.changed.emit()

    @callback
    def _async_look_up(self, wish: Wish) -> None:
        self._entry.async_create_background_task(
            self._hass,
            self._async_ask(wish),
            f"{DOMAIN} wish",
            eager_start=False,
        )

    @callback
    def _async_look_up_all(self, _: Any = None) -> None:
        """Look up what has not been, or could not be."""
        self._timer = None
        for wish in self:
            if wish.trouble not in _FINAL:
                self._async_look_up(wish)

    async def _async_ask(self, wish: Wish) -> None:
        """Ask for the album that a line means; what stands in the way is noted."""
        meant = parse_request_text(wish.text)
        ladder = default_ladder(self._entry)
        if quality := meant.quality or wish.quality:
            ladder = [quality]
        first, *others = map(QualityProfile, ladder)
        request = MonitorRequest(
            album_id=meant.album_id,
            album=None if meant.album_id else meant.text,
            quality=first,
            ladder=tuple(others),
        )
        found: Wish | None = None
        asked: MonitorResponse | None = None
        try:
            async with self._turn:
                if self._wishes.get(wish.uid) is not wish:
                    return
                asked = await translated(self._app.request(request))
        except HomeAssistantError as err:
            if isinstance(err.__cause__, ClosingError):
                return
            answer = refusal(err)
            found = replace(
                wish,
                trouble=err.translation_key or answer.key,
                values=answer.values,
                matches=tuple(answer.data.get("matches", ())),
            )
        # It may have been struck out, or changed, meanwhile.
        is_wanted = self._wishes.get(wish.uid) is wish
        if found is None and not is_wanted and asked and asked.created:
            await self._app.unwant(asked.run.topic)
        if not is_wanted:
            return
        if found is None:
            del self._wishes[wish.uid]
        else:
            self._wishes[wish.uid] = found
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
