"""What we use of Home Assistant that it does not promise to integrations, all of it here.

Each use is guarded: if a version moves or changes such a part, the one feature that needs it
is lost, the log and a repair issue say so once, and everything else works on.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from homeassistant.const import __version__
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)

from ..const import DOMAIN, LOGGER

# What a moved, renamed or changed part raises.
_GONE = (ImportError, AttributeError, TypeError, LookupError, ValueError)


class Feature(StrEnum):
    """A feature that can be lost, by the key of its repair issue."""

    CARD = "feature_lost_card"
    COVERS = "feature_lost_covers"
    SENTENCES = "feature_lost_sentences"
    ASSISTANTS = "feature_lost_assistants"
    REGISTRIES = "feature_lost_registries"


@callback
def async_lose(hass: HomeAssistant, feature: Feature, err: Exception) -> None:
    """Say, once, that a feature does not work with this version."""
    if ir.async_get(hass).async_get_issue(DOMAIN, feature) is not None:
        return
    LOGGER.error(
        "A feature does not work with Home Assistant %s (%s, %s: %s)",
        __version__,
        feature,
        type(err).__name__,
        err,
    )
    ir.async_create_issue(
        hass,
        DOMAIN,
        feature,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=feature,
        translation_placeholders={"version": __version__},
    )


async def async_add_card(hass: HomeAssistant, path: str, version: str) -> None:
    """Make every dashboard load a module, as a resource or an extra module."""
    url = f"{path}?v={version}"
    try:
        resources = _resources(hass)
        if resources is None:
            _extra_modules(hass, "add_extra_js_url", url)
            return
        await resources.async_get_info()
        ours = [one for one in resources.async_items() if _is_at(one["url"], path)]
        if not ours:
            await resources.async_create_item({"res_type": "module", "url": url})
        for item in ours[:1]:
            if item["url"] != url:
                await resources.async_update_item(item["id"], {"url": url})
        for item in ours[1:]:
            await resources.async_delete_item(item["id"])
    except _GONE as err:
        async_lose(hass, Feature.CARD, err)


async def async_remove_card(hass: HomeAssistant, path: str, version: str) -> None:
    """Stop the dashboards from loading a module."""
    try:
        resources = _resources(hass)
        if resources is None:
            _extra_modules(hass, "remove_extra_js_url", f"{path}?v={version}")
            return
        await resources.async_get_info()
        for item in resources.async_items():
            if _is_at(item["url"], path):
                await resources.async_delete_item(item["id"])
    except _GONE as err:
        async_lose(hass, Feature.CARD, err)


def _extra_modules(hass: HomeAssistant, change: str, url: str) -> None:
    """Add a module to those that every page loads, or remove it."""
    from homeassistant.components import frontend  # noqa: PLC0415

    if frontend.DATA_EXTRA_MODULE_URL in hass.data:
        getattr(frontend, change)(hass, url)


def _resources(hass: HomeAssistant) -> Any:
    """Return the list of resources, if it can be changed."""
    from homeassistant.components.lovelace.const import (  # noqa: PLC0415
        LOVELACE_DATA,
    )
    from homeassistant.components.lovelace.resources import (  # noqa: PLC0415
        ResourceStorageCollection,
    )

    found = hass.data[LOVELACE_DATA].resources if LOVELACE_DATA in hass.data else None
    return found if isinstance(found, ResourceStorageCollection) else None


def _is_at(url: str, path: str) -> bool:
    return url.partition("?")[0] == path


@callback
def async_signed(hass: HomeAssistant, path: str, lasting: timedelta) -> str | None:
    """Return a path that a browser may load without a header; None if none can be made."""
    try:
        from homeassistant.components.http.auth import (  # noqa: PLC0415
            async_sign_path,
        )

        return async_sign_path(hass, path, lasting, use_content_user=True)
    except _GONE as err:
        async_lose(hass, Feature.COVERS, err)
        return None


@callback
def async_register_sentences(
    hass: HomeAssistant, sentences: Mapping[str, tuple[list[str], Callable[..., Any]]]
) -> list[Callable[[], None]]:
    """Register sentences with the conversation agent; return what unregisters them."""
    try:
        from homeassistant.components.conversation.agent_manager import (  # noqa: PLC0415
            get_agent_manager,
        )

        manager = get_agent_manager(hass)
        return [
            manager.register_trigger(templates, answer)
            for templates, answer in sentences.values()
        ]
    except _GONE as err:
        async_lose(hass, Feature.SENTENCES, err)
        return []


@callback
def async_is_exposed(hass: HomeAssistant, assistant: str, entity_id: str) -> bool:
    """Return whether an entity is exposed to an assistant; False if nobody can tell."""
    try:
        from homeassistant.components.homeassistant.exposed_entities import (  # noqa: PLC0415
            async_should_expose,
        )

        return bool(async_should_expose(hass, assistant, entity_id))
    except _GONE as err:
        async_lose(hass, Feature.ASSISTANTS, err)
        return False


@callback
def async_forget_deleted(hass: HomeAssistant, is_ours: Callable[[str], bool]) -> None:
    """Forget deleted devices and entities for good.

    Home Assistant keeps the records of what was deleted, in case it comes back. `is_ours`
    is asked with identifiers and unique ids.
    """
    try:
        devices, entities = dr.async_get(hass), er.async_get(hass)
        deleted = devices._deleted_devices  # noqa: SLF001
        gone = [
            device_id
            for device_id, device in deleted.items()
            if any(
                kind == DOMAIN and is_ours(name) for kind, name in device.identifiers
            )
        ]
        for device_id in gone:
            del deleted[device_id]
        keys = [
            key
            for key, entity in entities.deleted_entities.items()
            if entity.platform == DOMAIN and is_ours(entity.unique_id)
        ]
        for key in keys:
            del entities.deleted_entities[key]
        if gone:
            devices.async_schedule_save()
        if keys:
            entities.async_schedule_save()
    except _GONE as err:
        async_lose(hass, Feature.REGISTRIES, err)
