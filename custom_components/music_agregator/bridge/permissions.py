"""Who may: every rule about users, for actions, sockets, intents, tools and the card.

Looking needs a login. Asking needs control of the to-do list, deleting files an
administrator. A call without a user is Home Assistant's own, of an automation or a script.
"""

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.todo import DOMAIN as TODO_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN, TODO_KEY
from ..core.model import Requester
from . import ha_internals

# The assistant that is Home Assistant's own, by text or by voice.
CONVERSATION = "conversation"


@callback
def async_todo_entity_id(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the entity id of the to-do list."""
    return er.async_get(hass).async_get_entity_id(
        TODO_DOMAIN, DOMAIN, f"{entry.entry_id}_{TODO_KEY}"
    )


@callback
def async_may_ask(hass: HomeAssistant, entry: ConfigEntry, user: User) -> bool:
    """Return whether a user may ask for albums, choose, and cancel."""
    entity_id = async_todo_entity_id(hass, entry)
    if entity_id is None:
        return user.permissions.access_all_entities(POLICY_CONTROL)
    return user.permissions.check_entity(entity_id, POLICY_CONTROL)


async def async_check_may_ask(
    hass: HomeAssistant, entry: ConfigEntry, context: Context | None
) -> None:
    """Raise Unauthorized for a user who may not ask."""
    user = await _async_user(hass, context)
    if user is not None and not async_may_ask(hass, entry, user):
        raise Unauthorized(
            context=context,
            entity_id=async_todo_entity_id(hass, entry),
            permission=POLICY_CONTROL,
        )


async def async_check_may_delete_files(
    hass: HomeAssistant, context: Context | None
) -> None:
    """Raise Unauthorized for a user who is no administrator."""
    user = await _async_user(hass, context)
    if user is not None and not user.is_admin:
        raise Unauthorized(context=context)


async def async_requester(
    hass: HomeAssistant, context: Context | None
) -> Requester | None:
    """Return the user in whose name a call is made; None without one."""
    user = await _async_user(hass, context)
    return None if user is None else Requester(user_id=user.id, name=user.name or "")


@callback
def async_is_exposed(
    hass: HomeAssistant, entry: ConfigEntry, assistant: str | None
) -> bool:
    """Return whether an assistant may know of the music: as it may of the to-do list."""
    if assistant is None:
        return True
    entity_id = async_todo_entity_id(hass, entry)
    return entity_id is not None and ha_internals.async_is_exposed(
        hass, assistant, entity_id
    )


async def _async_user(hass: HomeAssistant, context: Context | None) -> User | None:
    """Return the user of a call. Raises UnknownUser."""
    if context is None or context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return user
