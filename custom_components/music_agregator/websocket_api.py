"""The websocket commands: a stream of events from any seq on, without gap or repeat."""

import asyncio
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
import voluptuous as vol

from .bridge.album_tracker import TrackedAlbum
from .bridge.permissions import async_may_ask
from .const import ATTR_ALBUM_ID, ATTR_QUALITY, ATTR_RUN_ID, DOMAIN
from .core.app import App
from .core.downloads.monitor import Progress
from .core.errors import MusicAgregatorError, StoreError
from .core.events.subscription import Subscription
from .core.model import Topic
from .core.quality import QualityProfile
from .runtime import MusicAgregatorConfigEntry, loaded_entry

type Message = dict[str, Any]


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Set up the websocket commands."""
    for command in (handle_subscribe, handle_albums, handle_dismiss):
        websocket_api.async_register_command(hass, command)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/subscribe",
        vol.Optional("since_seq"): vol.All(int, vol.Range(min=0, max=2**53)),
        vol.Optional("store_id"): str,
        vol.Optional(ATTR_ALBUM_ID): str,
        vol.Optional(ATTR_QUALITY): vol.Coerce(QualityProfile),
        # Send also what is not an event: progress, and albums that are no longer tracked.
        vol.Optional("live", default=False): bool,
    }
)
@websocket_api.async_response
async def handle_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> None:
    """Send every event after a seq, then live ones."""
    if (entry := _loaded(hass, connection, msg)) is None:
        return
    app, albums = entry.runtime_data.app, entry.runtime_data.albums
    try:
        subscription, is_lost = await app.bus.catch_up(
            since_seq=msg.get("since_seq"),
            store_id=msg.get("store_id"),
            album_id=msg.get(ATTR_ALBUM_ID),
            quality=msg.get(ATTR_QUALITY),
        )
    except StoreError as err:
        connection.send_error(msg["id"], err.code, "The database does not answer")
        return
    stream = _Stream(connection, msg["id"], app, subscription)
    task = entry.async_create_background_task(
        hass, stream.async_run(is_lost), "music_agregator stream", eager_start=False
    )

    stops = (
        [
            app.monitor.progress.connect(stream.async_progress),
            albums.gone.connect(stream.async_gone),
        ]
        if msg["live"]
        else []
    )

    @callback
    def unsubscribe() -> None:
        """End the stream."""
        stream.is_wanted = False
        for stop in stops:
            stop()
        subscription.close()
        task.cancel()

    connection.subscriptions[msg["id"]] = unsubscribe
    connection.send_result(msg["id"])


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/albums"})
@callback
def handle_albums(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> None:
    """Send the tracked albums, and the seq of their last event."""
    if (entry := _loaded(hass, connection, msg)) is None:
        return
    runtime = entry.runtime_data
    connection.send_result(
        msg["id"],
        {
            "store_id": runtime.app.store_id,
            "seq": runtime.albums.seq,
            "may_ask": async_may_ask(hass, entry, connection.user),
            "albums": [album.as_dict() for album in runtime.albums],
        },
    )


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/dismiss", vol.Required(ATTR_RUN_ID): str}
)
@websocket_api.async_response
async def handle_dismiss(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> None:
    """Hide an ended album, for every user."""
    if (entry := _loaded(hass, connection, msg)) is None:
        return
    if not async_may_ask(hass, entry, connection.user):
        raise Unauthorized
    run_id = msg[ATTR_RUN_ID]
    try:
        await entry.runtime_data.app.history.dismiss(run_id)
    except MusicAgregatorError as err:
        connection.send_error(msg["id"], err.code, str(err))
        return
    entry.runtime_data.albums.async_dismiss(run_id)
    connection.send_result(msg["id"])


def _loaded(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> MusicAgregatorConfigEntry | None:
    """Return the loaded entry; send an error if there is none."""
    if (entry := loaded_entry(hass)) is not None:
        return entry
    connection.send_error(
        msg["id"], websocket_api.ERR_NOT_FOUND, "Music Agregator is not loaded"
    )
    return None


class _Stream:
    """One subscription of one connection."""

    def __init__(
        self,
        connection: ActiveConnection,
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
        self._progress: dict[str, Progress] = {}
        self.is_wanted = True

    async def async_run(self, is_lost: bool) -> None:
        """Send the events, and the end of the stream, so that a client subscribes again."""
        self._begin(is_lost)
        try:
            async for event in self._subscription:
                if self._app.store_id != self._store_id:
                    self._begin(True)
                self._send("event", event=event.as_dict())
                # Let the socket's writer run during a long replay.
                await asyncio.sleep(0)
        except StoreError:
            self._subscription.close()
        finally:
            if self.is_wanted:
                self._send("end")

    @callback
    def async_progress(self, progress: Progress) -> None:
        """Send the progress of a download, if that has changed."""
        if not self._is_about(progress.topic):
            return
        if self._progress.get(progress.run_id) != progress:
            self._progress[progress.run_id] = progress
            self._send(
                "progress",
                run_id=progress.run_id,
                percent=progress.percent,
                speed=progress.speed,
                time_left=progress.time_left,
            )

    @callback
    def async_gone(self, album: TrackedAlbum) -> None:
        """Send that an album is no longer tracked."""
        if self._is_about(album.topic):
            self._progress.pop(album.run_id, None)
            self._send("gone", run_id=album.run_id)

    def _is_about(self, topic: Topic) -> bool:
        """Return whether the stream has begun, and is about a topic."""
        return bool(self._store_id) and self._subscription.wants(topic)

    def _begin(self, is_lost: bool) -> None:
        """Send the store's id, and whether the replay begins at the start."""
        self._store_id = self._app.store_id
        self._send("start", reset=is_lost)

    def _send(self, kind: str, **values: Any) -> None:
        """Send one message of the stream."""
        self._connection.send_event(
            self._message_id, {"type": kind, "store_id": self._store_id, **values}
        )
