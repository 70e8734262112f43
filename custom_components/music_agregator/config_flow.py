"""Config flows: qBittorrent, and one subentry per indexer."""

from enum import StrEnum
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
    SubentryFlowResult,
)
from homeassistant.const import (
    CONF_API_KEY,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_URL,
    CONF_USERNAME,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from .const import (
    CONF_ALLOW_PACKS,
    CONF_EDITION,
    CONF_HIGH_ACCEPTS_LOSSLESS,
    CONF_IGNORED_WORDS,
    CONF_LOSSLESS_PREFERS_HI_RES,
    CONF_MINIMUM_SEEDERS,
    CONF_MUSICBRAINZ_URL,
    CONF_PRIORITY,
    CONF_REQUIRED_WORDS,
    CONF_SAVE_PATH,
    CONF_WORDING,
    DOMAIN,
    LOGGER,
    SUBENTRY_TYPE_INDEXER,
)
from .core.clock import SYSTEM_CLOCK
from .core.decision import EditionPreference, WordingPreference
from .core.decision.preferences import LAST_PRIORITY, USUAL_PRIORITY
from .core.errors import (
    ClientAuthError,
    ClientBannedError,
    IndexerAuthError,
    IndexerError,
    IndexerUnavailableError,
    MusicAgregatorError,
    UnavailableError,
)
from .core.indexer import TorznabIndexer
from .core.qbittorrent import QBittorrentClient
from .runtime import client_settings, indexer_settings

_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))

_WORDS = TextSelector(TextSelectorConfig(multiple=True))


def _number(least: int, most: int) -> vol.All[Any]:
    config = NumberSelectorConfig(min=least, max=most, mode=NumberSelectorMode.BOX)
    return vol.All(NumberSelector(config), vol.Coerce(int))


def _choice(key: str, choices: type[StrEnum]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[choice.value for choice in choices], translation_key=key
        )
    )


STEP_USER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): _URL,
        vol.Optional(CONF_USERNAME): TextSelector(),
        vol.Optional(CONF_PASSWORD): _SECRET,
        vol.Optional(CONF_API_KEY): _SECRET,
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
STEP_INDEXER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_URL): _URL,
        vol.Optional(CONF_API_KEY): _SECRET,
        vol.Required(CONF_PRIORITY, default=USUAL_PRIORITY): _number(1, LAST_PRIORITY),
    }
)
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_EDITION, default=EditionPreference.ORIGINAL.value): _choice(
            CONF_EDITION, EditionPreference
        ),
        vol.Required(CONF_WORDING, default=WordingPreference.ANY.value): _choice(
            CONF_WORDING, WordingPreference
        ),
        vol.Required(CONF_LOSSLESS_PREFERS_HI_RES, default=False): BooleanSelector(),
        vol.Required(CONF_HIGH_ACCEPTS_LOSSLESS, default=True): BooleanSelector(),
        vol.Required(CONF_ALLOW_PACKS, default=False): BooleanSelector(),
        vol.Required(CONF_MINIMUM_SEEDERS, default=1): _number(0, 1_000),
        vol.Optional(CONF_REQUIRED_WORDS): _WORDS,
        vol.Optional(CONF_IGNORED_WORDS): _WORDS,
        vol.Optional(CONF_SAVE_PATH): TextSelector(),
        vol.Optional(CONF_MUSICBRAINZ_URL): _URL,
    }
)


def is_web_address(text: str) -> bool:
    """Say whether a text is an address for http, without a login inside."""
    try:
        url = URL(text)
    except ValueError:
        return False
    has_login = url.user is not None or url.password is not None
    return url.scheme in {"http", "https"} and bool(url.host) and not has_login


async def check_client(data: dict[str, Any]) -> dict[str, str]:
    """Log in to qBittorrent; return the errors of the form."""
    if not is_web_address(data[CONF_URL]):
        return {CONF_URL: "invalid_url"}
    try:
        await QBittorrentClient(client_settings(data), SYSTEM_CLOCK).version()
    except ClientBannedError:
        return {"base": "banned"}
    except ClientAuthError:
        return {"base": "invalid_auth"}
    except UnavailableError:
        return {"base": "cannot_connect"}
    except MusicAgregatorError:
        return {"base": "not_qbittorrent"}
    except Exception:  # noqa: BLE001
        LOGGER.exception("Unexpected error while asking qBittorrent")
        return {"base": "unknown"}
    return {}


async def check_indexer(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, str]:
    """Fetch the indexer's caps; return the errors of the form."""
    if not is_web_address(data[CONF_URL]):
        return {CONF_URL: "invalid_url"}
    indexer = TorznabIndexer(
        async_get_clientsession(hass), SYSTEM_CLOCK, indexer_settings("", data)
    )
    try:
        await indexer.caps()
    except IndexerAuthError:
        return {"base": "invalid_api_key"}
    except IndexerUnavailableError:
        return {"base": "cannot_connect"}
    except IndexerError:
        return {"base": "not_torznab"}
    except Exception:  # noqa: BLE001
        LOGGER.exception("Unexpected error while asking an indexer")
        return {"base": "unknown"}
    return {}


class MusicAgregatorConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a config flow for Music Agregator."""

    VERSION = 1

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
        """Go on to the first indexer."""
        subentry_result = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_TYPE_INDEXER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        result["next_flow"] = (
            FlowType.CONFIG_SUBENTRIES_FLOW,
            subentry_result["flow_id"],
        )
        return result


class IndexerSubentryFlow(ConfigSubentryFlow):
    """Handle a subentry flow for adding an indexer."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask where the indexer is."""
        errors: dict[str, str] = {}
        if user_input is not None:
            url = user_input[CONF_URL].strip()
            if any(
                subentry.unique_id == url
                for subentry in self._get_entry().subentries.values()
            ):
                return self.async_abort(reason="already_configured")
            data = {**user_input, CONF_URL: url}
            errors = await check_indexer(self.hass, data)
            if not errors:
                return self.async_create_entry(
                    title=data[CONF_NAME], data=data, unique_id=url
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                STEP_INDEXER_SCHEMA, user_input
            ),
            errors=errors,
        )


class MusicAgregatorOptionsFlow(OptionsFlow):
    """Handle the options."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        errors: dict[str, str] = {}
        if user_input is not None:
            address = user_input.get(CONF_MUSICBRAINZ_URL)
            if not address or is_web_address(address):
                return self.async_create_entry(data=user_input)
            errors[CONF_MUSICBRAINZ_URL] = "invalid_url"
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
        )
