"""A whole Home Assistant in a process of its own, and a client of it."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import json
import os
from pathlib import Path
import subprocess
import sys
import time
from typing import Any, Self

import aiohttp

from .qbittorrent import PASSWORD, USERNAME, QBittorrent, free_port
from .torznab import API_KEY
from .world import World

LOGIN = "demo"
LOGIN_PASSWORD = "demo-password"
_ROOT = Path(__file__).parent.parent
_START_SECONDS = 120
# How Home Assistant ends when it wants to be started again.
RESTART_EXIT_CODE = 100

_CONFIGURATION = """homeassistant:
  name: Music Agregator sandbox
  unit_system: metric
  time_zone: UTC
  country: GB
frontend:
config:
history:
logbook:
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
logger:
  default: warning
  logs:
    custom_components.music_agregator: debug
"""


class HomeAssistantError(RuntimeError):
    """Home Assistant did not do as it was told."""


class HomeAssistantProcess:
    """One Home Assistant; it can be stopped, killed and started again."""

    def __init__(self, folder: Path, *, wrapper: Path | None = None) -> None:
        self._folder = folder
        self._wrapper = wrapper
        self.arguments: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.database = folder / "home-assistant_v2.db"
        self.environment: dict[str, str] = {}
        self._write_config()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """Return what it has logged."""
        return (self._folder / "output.log").read_text(errors="replace")

    async def start(self) -> None:
        """Start it and wait until it has started."""
        program = [str(self._wrapper)] if self._wrapper else ["-m", "homeassistant"]
        with (self._folder / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *program,
                    "--config",
                    str(self._folder),
                    *self.arguments,
                ],
                cwd=self._folder,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
            while True:
                if self._process.poll() is not None:
                    raise HomeAssistantError(self.log[-3000:])
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/manifest.json") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.2)

    async def start_again_when_asked(self) -> None:
        """Start it again whenever somebody restarts it from inside; return at its end."""
        while True:
            while self._process is not None and self._process.poll() is None:
                await asyncio.sleep(0.5)
            if self._process is None or self._process.returncode != RESTART_EXIT_CODE:
                return
            await self.start()

    async def ended(self) -> int:
        """Wait for its own end, and return its exit code."""
        if self._process is None:
            raise HomeAssistantError("it was never started")
        code = await asyncio.to_thread(self._process.wait, 60)
        self._process = None
        return code

    async def stop(self) -> None:
        """Ask it to end, and wait."""
        await self._end("terminate")

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end("kill")

    async def _end(self, how: str) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        getattr(process, how)()
        try:
            await asyncio.to_thread(process.wait, 60)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _write_config(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "configuration.yaml").write_text(_CONFIGURATION)
        for name in ("automations", "scripts", "scenes"):
            (self._folder / f"{name}.yaml").touch()
        components = self._folder / "custom_components"
        components.mkdir(exist_ok=True)
        link = components / "music_agregator"
        if not link.exists():
            link.symlink_to(_ROOT / "custom_components/music_agregator")
        storage = self._folder / ".storage"
        storage.mkdir(exist_ok=True)
        server = {
            "server_port": self._port,
            "server_host": ["127.0.0.1"],
            "cors_allowed_origins": ["https://cast.home-assistant.io"],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "modern",
            "use_x_frame_options": True,
            "created_at": "2026-11-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        }
        document = {
            "version": 2,
            "minor_version": 2,
            "key": "http",
            "data": {"stable": server, "pending": None, "yaml_migration_done": True},
        }
        (storage / "http").write_text(json.dumps(document))


class Client:
    """Somebody who uses Home Assistant over HTTP and its websocket."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._last_id = 0
        self.token = ""
        self.refresh_token = ""
        self.browser_tokens: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what is open."""
        await self.close_socket()
        await self._session.close()

    async def onboard(self) -> None:
        """Make the first user, and end the onboarding."""
        client_id = f"{self._url}/"
        answer = await self.post(
            "/api/onboarding/users",
            {
                "client_id": client_id,
                "name": "Demo",
                "username": LOGIN,
                "password": LOGIN_PASSWORD,
                "language": "en",
            },
        )
        await self._tokens(
            {"grant_type": "authorization_code", "code": answer["auth_code"]}
        )
        for step in ("core_config", "analytics"):
            await self.post(f"/api/onboarding/{step}", {})
        await self.post(
            "/api/onboarding/integration",
            {"client_id": client_id, "redirect_uri": client_id},
        )
        await self._until_running()

    async def refresh(self) -> None:
        """Log in again after a restart, and wait until all is set up."""
        await self._tokens(
            {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        )
        await self._until_running()

    async def _until_running(self) -> None:
        async with asyncio.timeout(_START_SECONDS):
            while (await self.command("get_config"))["state"] != "RUNNING":
                await asyncio.sleep(0.1)

    async def _tokens(self, grant: dict[str, str]) -> None:
        data = {**grant, "client_id": f"{self._url}/"}
        async with self._session.post(f"{self._url}/auth/token", data=data) as answer:
            tokens = await answer.json()
        self.token = tokens["access_token"]
        self.refresh_token = tokens.get("refresh_token", self.refresh_token)
        self.browser_tokens = {
            **tokens,
            "refresh_token": self.refresh_token,
            "hassUrl": self._url,
            "clientId": f"{self._url}/",
            "expires": (time.time() + tokens["expires_in"]) * 1000,
        }

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post a document and return the answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.post(
            self._url + path, json=body, headers=headers
        ) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise HomeAssistantError(f"{path}: {answer.status} {text}")
            document: dict[str, Any] = json.loads(text)
            return document

    async def add_integration(
        self, world: World, client: QBittorrent, *, album_entities: bool = False
    ) -> str:
        """Set up Music Agregator as a user does; return the entry's id."""
        flow = await self.post(
            "/api/config/config_entries/flow", {"handler": "music_agregator"}
        )
        entry = await self.post(
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {
                "url": client.url,
                "username": USERNAME,
                "password": PASSWORD,
                "verify_ssl": True,
            },
        )
        if entry.get("type") != "create_entry":
            raise HomeAssistantError(f"the config flow ended with {entry}")
        entry_id = entry["result"]["entry_id"]
        base = "/api/config/config_entries/options/flow"
        flow = await self.post(base, {"handler": entry_id})
        options: dict[str, dict[str, Any]] = {
            section["name"]: {} for section in flow["data_schema"]
        }
        options["upkeep"]["musicbrainz_url"] = world.musicbrainz_url
        options["upkeep"]["album_entities"] = album_entities
        await self.post(f"{base}/{flow['flow_id']}", options)
        base = "/api/config/config_entries/subentries/flow"
        flow_id = entry["next_flow"][1]
        added = await self.post(
            f"{base}/{flow_id}",
            {"name": "Sandbox", "url": world.torznab_url, "api_key": API_KEY},
        )
        if added.get("type") != "create_entry":
            raise HomeAssistantError(f"the indexer's flow ended with {added}")
        # The changes reload the entry behind our back; this reload is the last.
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})
        return str(entry_id)

    async def command(self, kind: str, **values: Any) -> Any:
        """Send a websocket command and return its result."""
        socket = await self.open_socket()
        self._last_id += 1
        message_id = self._last_id
        await socket.send_json({"id": message_id, "type": kind, **values})
        while True:
            answer = await socket.receive_json()
            if answer.get("id") == message_id and answer["type"] == "result":
                if not answer["success"]:
                    raise HomeAssistantError(str(answer["error"]))
                return answer["result"]

    async def act(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action of Music Agregator and return its response."""
        result = await self.command(
            "call_service",
            domain="music_agregator",
            service=action,
            service_data=data,
            return_response=True,
        )
        response: dict[str, Any] = result["response"]
        return response

    async def stream(self, **values: Any) -> AsyncIterator[dict[str, Any]]:
        """Subscribe to Music Agregator, and yield the stream's messages."""
        await self.command("music_agregator/subscribe", **values)
        message_id = self._last_id
        socket = await self.open_socket()
        while True:
            answer = await socket.receive_json()
            if answer.get("id") == message_id and answer["type"] == "event":
                yield answer["event"]

    async def close_socket(self) -> None:
        """Leave the websocket."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def open_socket(self) -> aiohttp.ClientWebSocketResponse:
        """Return the open websocket, logged in; open it again when it was closed."""
        if self._socket is None or self._socket.closed:
            socket = await self._session.ws_connect(f"{self._url}/api/websocket")
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            answer = await socket.receive_json()
            if answer["type"] != "auth_ok":
                raise HomeAssistantError("the websocket refuses the login")
            self._socket = socket
            self._last_id = 0
        return self._socket
