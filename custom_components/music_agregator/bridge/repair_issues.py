"""Raise and withdraw repair issues; `repairs` has the flows that fix them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from ..const import ATTR_RUN_ID, ATTR_STORE_ID, DOMAIN
from ..core.app import App
from ..core.background.adopter import TorrentAdopter
from ..core.common.format import clean_text, megabytes, plain_text
from ..core.common.health import ServiceHealth
from ..core.errors import ClientAuthError, ClientBannedError
from ..core.library.index import LibraryIndex
from ..core.model import Run
from ..core.torrents.disk_space import DiskSpace

ISSUE_CLIENT_BANNED = "client_banned"
ISSUE_INDEXER_FAILING = "indexer_failing"
ISSUE_LIBRARY_AWAY = "library_away"
ISSUE_MISSING_TORRENT = "missing_torrent"
ISSUE_NO_ROOM = "no_room"
ISSUE_STORE_RESTORED = "store_restored"
ISSUE_UNKNOWN_TORRENTS = "unknown_torrents"

ATTR_ENTRY = "entry_id"
ATTR_INDEXER = "subentry_id"

INDEXER_PATIENCE = 86_400.0
# The number of torrents that an issue names.
_NAMED = 20


@callback
def async_watch(hass: HomeAssistant, entry: ConfigEntry, app: App) -> None:
    """Raise and withdraw issues as the core asks for them."""
    entry.async_on_unload(
        app.missing_torrents.changed.connect(partial(_async_missing, hass))
    )
    space, adopter = app.disk_space, app.adopter
    # Issues of the previous run are raised again, or over.
    ir.async_delete_issue(hass, DOMAIN, ISSUE_NO_ROOM)
    ir.async_delete_issue(hass, DOMAIN, ISSUE_UNKNOWN_TORRENTS)
    entry.async_on_unload(space.changed.connect(partial(_async_no_room, hass, space)))
    entry.async_on_unload(
        adopter.changed.connect(partial(_async_unknown, hass, adopter))
    )
    entry.async_on_unload(
        app.library.changed.connect(partial(_async_library, hass, app.library))
    )
    app.restored.connect(partial(_async_restored, hass, app))
    entry.async_on_unload(
        app.client_health.changed.connect(
            partial(_async_client, hass, entry, app.client_health)
        )
    )
    for subentry_id, health in app.indexer_health.items():
        watch = IndexerWatch(hass, entry, subentry_id, health)
        entry.async_on_unload(health.changed.connect(watch.async_follow))
        entry.async_on_unload(watch.async_stop)
    known = {_indexer_issue(subentry_id) for subentry_id in app.indexer_health}
    for issue_id in _issue_ids(hass):
        if issue_id.startswith(ISSUE_INDEXER_FAILING) and issue_id not in known:
            ir.async_delete_issue(hass, DOMAIN, issue_id)

    @callback
    def clear() -> None:
        """Withdraw the issues of a disabled entry."""
        if entry.disabled_by is not None:
            async_delete_issues(hass)

    entry.async_on_unload(clear)


@callback
def async_delete_issues(hass: HomeAssistant) -> None:
    """Withdraw every issue of ours."""
    for issue_id in _issue_ids(hass):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_ids(hass: HomeAssistant) -> list[str]:
    issues = ir.async_get(hass).issues
    return [issue_id for domain, issue_id in issues if domain == DOMAIN]


@callback
def _async_raise(
    hass: HomeAssistant,
    issue_id: str,
    key: str,
    *,
    is_fixable: bool = True,
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    **more: Any,
) -> None:
    """Raise an issue with the texts of `key`."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=is_fixable,
        severity=severity,
        translation_key=key,
        **more,
    )


@callback
def _async_missing(hass: HomeAssistant, run: Run, is_asked: bool) -> None:
    """Ask what became of the only torrent, or stop asking."""
    issue_id = f"{ISSUE_MISSING_TORRENT}_{run.run_id}"
    if not is_asked:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    _async_raise(
        hass,
        issue_id,
        ISSUE_MISSING_TORRENT,
        data={ATTR_RUN_ID: run.run_id},
        translation_placeholders={
            "artist": plain_text(run.artist),
            "album": plain_text(run.album_title),
        },
    )


@callback
def _async_no_room(hass: HomeAssistant, space: DiskSpace) -> None:
    """Raise an issue for albums that wait for disk space, or withdraw it."""
    if not space.shortages:
        ir.async_delete_issue(hass, DOMAIN, ISSUE_NO_ROOM)
        return
    shortages = list(space.shortages.values())
    _async_raise(
        hass,
        ISSUE_NO_ROOM,
        ISSUE_NO_ROOM,
        is_fixable=False,
        translation_placeholders={
            "albums": ", ".join(
                plain_text(f"{one.run.album_title} ({one.run.artist})")
                for one in shortages
            ),
            "needed": megabytes(max(one.needed_bytes for one in shortages)),
            "free": megabytes(min(one.free_bytes for one in shortages)),
        },
    )


@callback
def _async_unknown(hass: HomeAssistant, adopter: TorrentAdopter) -> None:
    """Name the torrents of ours that no request belongs to."""
    if not adopter.unknown_torrents:
        ir.async_delete_issue(hass, DOMAIN, ISSUE_UNKNOWN_TORRENTS)
        return
    names = "\n".join(
        f"- `{' '.join(clean_text(name).replace('`', ' ').split())}`"
        for name in adopter.unknown_torrents[:_NAMED]
    )
    _async_raise(
        hass,
        ISSUE_UNKNOWN_TORRENTS,
        ISSUE_UNKNOWN_TORRENTS,
        is_fixable=False,
        translation_placeholders={"names": names},
    )


@callback
def _async_library(hass: HomeAssistant, library: LibraryIndex) -> None:
    """Raise an issue for library folders that stay away, or withdraw it."""
    if not library.long_away:
        ir.async_delete_issue(hass, DOMAIN, ISSUE_LIBRARY_AWAY)
        return
    folders = ", ".join(map(plain_text, sorted(library.long_away)[:_NAMED]))
    _async_raise(
        hass,
        ISSUE_LIBRARY_AWAY,
        ISSUE_LIBRARY_AWAY,
        is_fixable=False,
        translation_placeholders={"folders": folders},
    )


def _known_store(hass: HomeAssistant) -> Store[dict[str, str]]:
    """Return the storage of the last store's id."""
    return Store(hass, 1, DOMAIN)


async def async_check_store(hass: HomeAssistant, app: App) -> None:
    """Raise an issue if the store is not the one of the last start."""
    known = await _known_store(hass).async_load()
    if known is None:
        await _async_keep_store(hass, app)
    elif known[ATTR_STORE_ID] != app.store_id:
        _async_restored(hass, app)


async def _async_keep_store(hass: HomeAssistant, app: App) -> None:
    await _known_store(hass).async_save({ATTR_STORE_ID: app.store_id})


async def async_forget_store(hass: HomeAssistant) -> None:
    """Delete the saved id of the store."""
    await _known_store(hass).async_remove()


@callback
def _async_restored(hass: HomeAssistant, app: App) -> None:
    """Raise an issue: the history of events was lost."""
    hass.async_create_task(_async_keep_store(hass, app))
    _async_raise(hass, ISSUE_STORE_RESTORED, ISSUE_STORE_RESTORED, is_persistent=True)


@callback
def _async_client(
    hass: HomeAssistant, entry: ConfigEntry, health: ServiceHealth
) -> None:
    """Start a reauth flow, or raise an issue, when qBittorrent refuses the login."""
    if isinstance(health.error, ClientBannedError):
        data = {ATTR_ENTRY: entry.entry_id}
        error = ir.IssueSeverity.ERROR
        _async_raise(
            hass, ISSUE_CLIENT_BANNED, ISSUE_CLIENT_BANNED, data=data, severity=error
        )
    elif isinstance(health.error, ClientAuthError):
        ir.async_delete_issue(hass, DOMAIN, ISSUE_CLIENT_BANNED)
        entry.async_start_reauth(hass)
    elif health.is_up:
        ir.async_delete_issue(hass, DOMAIN, ISSUE_CLIENT_BANNED)
        for flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH}):
            hass.config_entries.flow.async_abort(flow["flow_id"])


def _indexer_issue(subentry_id: str) -> str:
    return f"{ISSUE_INDEXER_FAILING}_{subentry_id}"


class IndexerWatch:
    """Raises an issue for an indexer that has failed for a day."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry_id: str,
        health: ServiceHealth,
    ) -> None:
        """Initialize the watch."""
        self._hass = hass
        self._entry = entry
        self._subentry_id = subentry_id
        self._health = health
        self._timer: Callable[[], None] | None = None

    @callback
    def async_follow(self) -> None:
        """Start the timer when it fails, and stop it when it answers."""
        if self._health.is_up:
            self.async_stop()
            ir.async_delete_issue(self._hass, DOMAIN, _indexer_issue(self._subentry_id))
        elif self._timer is None:
            left = INDEXER_PATIENCE - self._health.seconds
            self._timer = async_call_later(
                self._hass, max(left, 0.0), self._async_raise
            )

    @callback
    def async_stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _async_raise(self, _: Any) -> None:
        """Raise the issue."""
        self._timer = None
        error = self._health.error
        _async_raise(
            self._hass,
            _indexer_issue(self._subentry_id),
            ISSUE_INDEXER_FAILING,
            data={ATTR_ENTRY: self._entry.entry_id, ATTR_INDEXER: self._subentry_id},
            translation_placeholders={
                "indexer": plain_text(self._entry.subentries[self._subentry_id].title),
                "error": error.code if error else "",
            },
        )
