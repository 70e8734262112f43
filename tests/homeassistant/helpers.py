"""What tests in a Home Assistant share."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import HomeAssistant, State

from custom_components.music_agregator.const import DOMAIN

type Act = Callable[..., Coroutine[Any, Any, Any]]


async def until_ended(hass: HomeAssistant) -> None:
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    async with asyncio.timeout(30):
        while entry.runtime_data.app.live_runs:
            await asyncio.sleep(0.005)
    await hass.async_block_till_done()


def shows(hass: HomeAssistant, entity_id: str, value: str) -> bool:
    return state(hass, entity_id).state == value


def state(hass: HomeAssistant, entity_id: str) -> State:
    found = hass.states.get(entity_id)
    assert found is not None, hass.states.async_entity_ids()
    return found
