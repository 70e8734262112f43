"""Config flows: qBittorrent, and the options; indexers have flows of their own."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import (
    CONF_API_KEY,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .config.indexer_flow import IndexerSubentryFlow
from .config.options import OPTIONS_SCHEMA, contradicts, is_half_mapped
from .config.validation import check_client, is_web_address, no_folders
from .const import (
    CONF_HOME_FOLDER,
    CONF_LIBRARY_FOLDERS,
    CONF_MUSICBRAINZ_URL,
    DOMAIN,
    SECTION_DOWNLOADS,
    SECTION_LIBRARY,
    SECTION_RELEASES,
    SECTION_UPKEEP,
    SUBENTRY_TYPE_INDEXER,
)

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))

_LOGIN = {
    vol.Optional(CONF_USERNAME): TextSelector(),
    vol.Optional(CONF_PASSWORD): _SECRET,
    vol.Optional(CONF_API_KEY): _SECRET,
}
STEP_REAUTH_SCHEMA = vol.Schema(_LOGIN)
STEP_USER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        **_LOGIN,
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
_SECRETS = (CONF_PASSWORD, CONF_API_KEY)


def _with_login(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data with the user's input; an empty secret keeps its value.

    A new API key replaces the password, and the other way round. In a form with the
    address, an empty user name means that no login is needed.
    """
    data = {**known, **{name: value for name, value in given.items() if value != ""}}
    is_emptied = CONF_URL in given and not given.get(CONF_USERNAME)
    if is_emptied and known.get(CONF_USERNAME) and not given.get(CONF_PASSWORD):
        for name in (CONF_USERNAME, CONF_PASSWORD):
            data.pop(name, None)
    if given.get(CONF_API_KEY):
        for name in (CONF_USERNAME, CONF_PASSWORD):
            data.pop(name, None)
    elif given.get(CONF_PASSWORD):
        data.pop(CONF_API_KEY, None)
    return data


class MusicAgregatorConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a config flow for Music Agregator."""

    VERSION = 3

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return subentries supported by this integration."""
        return {SUBENTRY_TYPE_INDEXER: IndexerSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return MusicAgregatorOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where qBittorrent is."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await check_client(user_input)
            if not errors:
                return self.async_create_entry(title="Music Agregator", data=user_input)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                STEP_USER_SCHEMA, user_input
            ),
            errors=errors,
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Continue with the first indexer."""
        subentry_result = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_TYPE_INDEXER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        result["next_flow"] = (
            FlowType.CONFIG_SUBENTRIES_FLOW,
            subentry_result["flow_id"],
        )
        return result

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start after qBittorrent refused the login."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another login."""
        return await self._async_correct(
            "reauth_confirm", self._get_reauth_entry(), STEP_REAUTH_SCHEMA, user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask again where qBittorrent is."""
        return await self._async_correct(
            "reconfigure", self._get_reconfigure_entry(), STEP_USER_SCHEMA, user_input
        )

    async def _async_correct(
        self,
        step_id: str,
        entry: ConfigEntry,
        schema: vol.Schema,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Update an entry when qBittorrent accepts the input."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _with_login(entry.data, user_input)
            errors = await check_client(data)
            if not errors:
                if data == entry.data:
                    # qBittorrent changed, not the entry, so that nothing else reloads it.
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_update_and_abort(entry, data=data)
        shown = {k: v for k, v in entry.data.items() if k not in _SECRETS}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or shown
            ),
            errors=errors,
            description_placeholders={"address": entry.data[CONF_URL]},
        )


class MusicAgregatorOptionsFlow(OptionsFlow):
    """Handle the options."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            address = user_input[SECTION_UPKEEP].get(CONF_MUSICBRAINZ_URL)
            downloads = user_input[SECTION_DOWNLOADS]
            folders = [*user_input[SECTION_LIBRARY][CONF_LIBRARY_FOLDERS]]
            if home := downloads.get(CONF_HOME_FOLDER):
                folders.append(home)
            missing = await self.hass.async_add_executor_job(no_folders, folders)
            if missing:
                errors["base"] = "no_folder"
                placeholders["folder"] = missing[0]
            elif address and not is_web_address(address):
                errors["base"] = "invalid_musicbrainz_url"
            elif contradicts(user_input[SECTION_RELEASES]):
                errors["base"] = "sizes_contradict"
            elif is_half_mapped(downloads):
                errors["base"] = "half_mapped"
            else:
                return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
            description_placeholders=placeholders,
        )
