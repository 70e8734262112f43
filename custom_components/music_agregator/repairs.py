"""What a person has to know or to decide."""

from functools import partial
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import ATTR_RUN_ID, DOMAIN
from .core.app import App
from .core.model import Run
from .runtime import MusicAgregatorConfigEntry

ISSUE_MISSING_TORRENT = "missing_torrent"
ISSUE_STORE_RESTORED = "store_restored"


@callback
def async_watch(
    hass: HomeAssistant, entry: MusicAgregatorConfigEntry, app: App
) -> None:
    """Raise and withdraw issues as the core asks for them."""
    entry.async_on_unload(app.custody.on_missing(partial(_async_missing, hass)))
    app.restored_listeners.append(partial(_async_restored, hass))


@callback
def _async_missing(hass: HomeAssistant, run: Run, is_asked: bool) -> None:
    """Ask what became of the only torrent, or stop asking."""
    issue_id = f"{ISSUE_MISSING_TORRENT}_{run.run_id}"
    if not is_asked:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={ATTR_RUN_ID: run.run_id},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_MISSING_TORRENT,
        translation_placeholders={"artist": run.artist, "album": run.title},
    )


@callback
def _async_restored(hass: HomeAssistant) -> None:
    """Say that the history of events was lost."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE_STORE_RESTORED,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_STORE_RESTORED,
    )


class MissingTorrentFlow(RepairsFlow):
    """Asks whether to add a missing torrent again."""

    def __init__(self, run_id: str) -> None:
        """Initialize the flow."""
        self._run_id = run_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask."""
        return self.async_show_menu(menu_options=["add_again", "give_up"])

    async def async_step_add_again(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Add it again."""
        return self._answer(add_again=True)

    async def async_step_give_up(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Cancel the run."""
        return self._answer(add_again=False)

    @callback
    def _answer(self, *, add_again: bool) -> RepairsFlowResult:
        """Give the answer to the core."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                app: App = entry.runtime_data
                app.custody.answer(self._run_id, add_again=add_again)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    return MissingTorrentFlow(str((data or {}).get(ATTR_RUN_ID)))
