"""The flows that fix the issues."""

from typing import Any

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_NAME, CONF_URL
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from .bridge.repair_issues import (
    ATTR_ENTRY,
    ATTR_INDEXER,
    ISSUE_CLIENT_BANNED,
    ISSUE_INDEXER_FAILING,
    ISSUE_MISSING_TORRENT,
)
from .config.indexer_flow import STEP_INDEXER_SCHEMA, check_names
from .config.validation import check_client, check_indexer, without_key
from .const import ATTR_RUN_ID, DOMAIN
from .core.app import App


class MissingTorrentFlow(RepairsFlow):
    """Asks whether to add a missing torrent again."""

    def __init__(self, run_id: str) -> None:
        """Initialize the flow."""
        self._run_id = run_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask."""
        return self.async_show_menu(
            step_id="init", menu_options=["add_again", "give_up"]
        )

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
        """Pass the answer to the core."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                app: App = entry.runtime_data.app
                app.missing_torrents.answer(self._run_id, add_again=add_again)
        return self.async_create_entry(data={})


class ClientBannedFlow(RepairsFlow):
    """Tries qBittorrent again after the ban was lifted."""

    def __init__(self, entry_id: str) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask qBittorrent, and reload the entry when it answers."""
        errors: dict[str, str] = {}
        entries = self.hass.config_entries
        entry = entries.async_get_known_entry(self._entry_id)
        if user_input is not None:
            errors = await check_client(dict(entry.data))
            if not errors:
                entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm", data_schema=vol.Schema({}), errors=errors
        )


class IndexerFailingFlow(RepairsFlow):
    """Corrects an indexer that has failed for a day."""

    def __init__(self, entry_id: str, subentry_id: str) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_correct()

    async def async_step_correct(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask what to change; an empty API key stays as it is."""
        entries = self.hass.config_entries
        entry = entries.async_get_known_entry(self._entry_id)
        subentry = entry.subentries.get(self._subentry_id)
        if subentry is None:
            return self.async_create_entry(data={})
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**subentry.data, **without_key(user_input)}
            errors = check_names(
                entry, data, besides=self._subentry_id
            ) or await check_indexer(self.hass, data)
            if not errors:
                if data == subentry.data:
                    entries.async_schedule_reload(entry.entry_id)
                entries.async_update_subentry(
                    entry,
                    subentry,
                    data=data,
                    title=data[CONF_NAME],
                    unique_id=data[CONF_URL],
                )
                return self.async_create_entry(data={})
        known = {k: v for k, v in subentry.data.items() if k != CONF_API_KEY}
        return self.async_show_form(
            step_id="correct",
            data_schema=self.add_suggested_values_to_schema(
                STEP_INDEXER_SCHEMA, user_input or known
            ),
            errors=errors,
            description_placeholders={"indexer": subentry.title},
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    known: dict[str, Any] = data or {}
    if issue_id.startswith(ISSUE_MISSING_TORRENT):
        return MissingTorrentFlow(known[ATTR_RUN_ID])
    if issue_id.startswith(ISSUE_INDEXER_FAILING):
        return IndexerFailingFlow(known[ATTR_ENTRY], known[ATTR_INDEXER])
    if issue_id == ISSUE_CLIENT_BANNED:
        return ClientBannedFlow(known[ATTR_ENTRY])
    return ConfirmRepairFlow()
