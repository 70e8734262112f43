"""The stream: replay since a seq, then live, with no gap and no repeat."""

import asyncio
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from .const import ATTR_ALBUM_ID, ATTR_QUALITY, DOMAIN
from .core.app import App
from .core.bus import Subscription
from .core.errors import StoreError
from .core.quality import QualityProfile
from .runtime import MusicAgregatorConfigEntry


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Set up the websocket commands."""
    websocket_api.async_register_command(hass, handle_subscribe)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/subscribe",
        vol.Optional("since_seq"): vol.All(int, vol.Range(min=0)),
        vol.Optional("store_id"): str,
        vol.Optional(ATTR_ALBUM_ID): str,
        vol.Optional(ATTR_QUALITY): vol.Coerce(QualityProfile),
    }
)
@websocket_api.async_response
async def handle_subscribe(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Send every event after a seq, and go on."""
    entries: list[MusicAgregatorConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    if not entries or entries[0].state is not ConfigEntryState.LOADED:
        connection.send_error(
            msg["id"], websocket_api.ERR_NOT_FOUND, "Music Agregator is not loaded"
        )
        return
    app = entries[0].runtime_data.app
    try:
        subscription, is_lost = await app.subscribe(
            since_seq=msg.get("since_seq"),
            store_id=msg.get("store_id"),
            album_id=msg.get(ATTR_ALBUM_ID),
            quality=msg.get(ATTR_QUALITY),
        )
    except StoreError as err:
        connection.send_error(msg["id"], err.code, "The database does not answer")
        return
    stream = _Stream(connection, msg["id"], app, subscription)
    task = entries[0].async_create_background_task(
        hass, stream.async_run(is_lost), "music_agregator stream", eager_start=False
    )

    @callback
    def unsubscribe() -> None:
        """End the stream."""
        stream.is_wanted = False
        subscription.close()
        task.cancel()

    connection.subscriptions[msg["id"]] = unsubscribe
    connection.send_result(msg["id"])


class _Stream:
    """One subscription of one connection."""

    def __init__(
        self,
        connection: websocket_api.ActiveConnection,
        message_id: int,
        app: App,
        subscription: Subscription,
    ) -> None:
        """Initialize the stream."""
        self._connection = connection
        self._message_id = message_id
        self._app = app
        self._subscription = subscription
        self._store_id = ""
        self.is_wanted = True

    async def async_run(self, is_lost: bool) -> None:
        """Send what comes, and say when it ends, so that a client asks again."""
        self._begin(is_lost)
        try:
            async for event in self._subscription:
                if self._app.store_id != self._store_id:
                    self._begin(True)
                self._send("event", event=event.as_dict())
                # Let the socket's writer run while a long replay is sent.
                await asyncio.sleep(0)
        except StoreError:
            self._subscription.close()
        finally:
            if self.is_wanted:
                self._send("end")

    def _begin(self, is_lost: bool) -> None:
        """Say whose numbers follow, and whether they begin anew."""
        self._store_id = self._app.store_id
        self._send("start", reset=is_lost)

    def _send(self, kind: str, **values: Any) -> None:
        """Send one message of the stream."""
        self._connection.send_event(
            self._message_id, {"type": kind, "store_id": self._store_id, **values}
        )
