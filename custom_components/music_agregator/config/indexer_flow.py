"""The subentry flow of an indexer."""

from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_API_KEY, CONF_NAME, CONF_URL
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import CONF_PRIORITY
from ..core.settings import LAST_PRIORITY, USUAL_PRIORITY
from .options import number
from .validation import check_indexer, without_key

STEP_INDEXER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        vol.Optional(CONF_API_KEY): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD)
        ),
        vol.Required(CONF_PRIORITY, default=USUAL_PRIORITY): number(1, LAST_PRIORITY),
    }
)


def check_names(
    entry: ConfigEntry, data: dict[str, Any], *, besides: str | None = None
) -> dict[str, str]:
    """Return an error if another indexer has the address or the name."""
    if not data[CONF_NAME]:
        return {CONF_NAME: "no_name"}
    for subentry in entry.subentries.values():
        if subentry.subentry_id == besides:
            continue
        if subentry.unique_id == data[CONF_URL]:
            return {CONF_URL: "already_configured"}
        if subentry.title.casefold() == data[CONF_NAME].casefold():
            return {CONF_NAME: "name_taken"}
    return {}


class IndexerSubentryFlow(ConfigSubentryFlow):
    """Handle a subentry flow for an indexer."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask where the indexer is."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = without_key(user_input)
            errors = check_names(self._get_entry(), data) or await check_indexer(
                self.hass, data
            )
            if not errors:
                return self.async_create_entry(
                    title=data[CONF_NAME], data=data, unique_id=data[CONF_URL]
                )
        return self._show("user", user_input, errors)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Correct an indexer; an empty API key keeps its value."""
        errors: dict[str, str] = {}
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            data = {**subentry.data, **without_key(user_input)}
            errors = check_names(
                self._get_entry(), data, besides=subentry.subentry_id
            ) or await check_indexer(self.hass, data)
            if not errors:
                return self.async_update_and_abort(
                    self._get_entry(),
                    subentry,
                    title=data[CONF_NAME],
                    data=data,
                    unique_id=data[CONF_URL],
                )
        known = {k: v for k, v in subentry.data.items() if k != CONF_API_KEY}
        return self._show("reconfigure", user_input or known, errors)

    def _show(
        self, step_id: str, values: dict[str, Any] | None, errors: dict[str, str]
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                STEP_INDEXER_SCHEMA, values
            ),
            errors=errors,
        )
