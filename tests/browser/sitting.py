"""Somebody in front of a dashboard of a real Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request
from yarl import URL

from sandbox.browser import NoBrowserError, browser_page
from sandbox.homeassistant import Client, HomeAssistantProcess
from sandbox.qbittorrent import NoQBittorrentError, QBittorrent
from sandbox.world import World
from tests.conftest import missing

PATIENCE = 60_000


@dataclass
class Sitting:
    """Somebody in front of a dashboard."""

    home_assistant: HomeAssistantProcess
    client: Client
    world: World
    page: Page
    errors: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    # Errors that are meant to be; what else there is fails the test.
    expected: tuple[str, ...] = ()

    @property
    def card(self) -> Locator:
        return self.page.locator("music-agregator-card")

    def row(self, album: str) -> Locator:
        return self.card.locator("ul:not(.found) > li.row").filter(has_text=album)

    async def listen(self, page: Page) -> None:
        """Note what goes wrong on a page, and whom it asks."""
        await page.add_init_script(
            "addEventListener('unhandledrejection', ({ reason }) =>"
            " ['unknown_command', 'not_found'].includes(reason?.code) ||"
            " console.error('rejected', JSON.stringify(reason), reason?.stack))"
        )
        own = self.home_assistant.url

        def note(message: ConsoleMessage) -> None:
            # Home Assistant's own requests to the internet fail here.
            if message.type == "error" and (
                message.location.get("url") or own
            ).startswith(own):
                self.errors.append(f"{message.text} {message.location}")

        def ask(request: Request) -> None:
            if request.url.startswith("http") and not request.url.startswith(own):
                self.asked.add(str(URL(request.url).host))

        page.on("console", note)
        page.on("request", ask)

        # Rejections are noted above, where it is seen what they are: Home Assistant
        # asks for parts of itself that are not set up here, and leaves subscriptions that
        # went with their connection.
        def stop(error: Error) -> None:
            if error.stack:
                self.errors.append(error.stack)

        page.on("pageerror", stop)

    async def show(self, cards: int = 1, **config: Any) -> None:
        """Open a dashboard with nothing but the card."""
        card = {"type": "custom:music-agregator-card", **config}
        section = {"type": "grid", "cards": [card] * cards}
        await self.keep([section])
        await self.page.goto(f"{self.home_assistant.url}/ui-test/m")
        await self.card.locator("ha-card").first.wait_for(timeout=PATIENCE)

    async def show_to(self, page: Page) -> Locator:
        """Open the dashboard on another page."""
        await self.listen(page)
        await page.goto(f"{self.home_assistant.url}/ui-test/m")
        card = page.locator("music-agregator-card").last
        await card.locator("ha-card").wait_for(timeout=PATIENCE)
        return card

    async def sleep(self) -> None:
        """Do as the frontend does with a tab that nobody looks at for long."""
        await self.page.evaluate(
            "() => { const { connection } = document.querySelector('home-assistant').hass;"
            " connection.suspendReconnectUntil(new Promise((wake) => (window.wake = wake)));"
            " connection.suspend(); }"
        )

    async def wake(self) -> None:
        await self.page.evaluate("window.wake()")

    async def keep(self, sections: list[dict[str, Any]]) -> None:
        view = {"title": "M", "path": "m", "type": "sections", "sections": sections}
        await self.client.command(
            "lovelace/config/save", url_path="ui-test", config={"views": [view]}
        )


@asynccontextmanager
async def sitting(
    folder: Path, *, upload_limit: int | None = None, **page: Any
) -> AsyncIterator[Sitting]:
    try:
        world = World(folder, upload_limit=upload_limit)
        torrents = QBittorrent(folder / "client")
    except NoQBittorrentError as error:
        missing(str(error))
    home_assistant = HomeAssistantProcess(folder / "homeassistant")
    async with world, Client(home_assistant.url) as client:
        try:
            await torrents.start()
            await home_assistant.start()
            await client.onboard()
            await client.add_integration(world, torrents)
            await client.command(
                "lovelace/dashboards/create",
                url_path="ui-test",
                title="Music",
                mode="storage",
            )
            async with browser_page(client, **page) as opened:
                found = Sitting(home_assistant, client, world, opened)
                await found.listen(opened)
                yield found
            # The frontend shows pictures of its makers; the card asks nobody.
            foreign = {
                host for host in found.asked if not host.endswith("home-assistant.io")
            }
            assert not foreign, foreign
            strange = [
                one
                for one in found.errors
                if not any(text in one for text in found.expected)
            ]
            assert not strange, "\n".join(strange)
        except NoBrowserError as error:
            missing(str(error))
        finally:
            await home_assistant.stop()
            await torrents.stop()


async def serious(card: Locator) -> list[str]:
    """What axe-core finds in the card that is serious."""
    await card.page.evaluate(AXE_FILE_PATH.read_text())
    found = await card.evaluate("async (card) => (await axe.run(card)).violations")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


MEASURE = """
async (count) => {
  const find = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.localName === "music-agregator-card") return one;
      const inside = one.shadowRoot && find(one.shadowRoot);
      if (inside) return inside;
    }
  };
  const card = find(document);
  const albums = Array.from({ length: count }, (_, index) => ({
    run_id: `run${index}`, album_id: `album${index}`, quality: "lossless",
    artist: `Artist ${index}`, album: `Album ${index}`, status: "downloading",
    at: 1000 + index, began_at: 1000 + index, step: "downloading", percent: 0,
  }));
  card.begin(albums);
  const rows = card.list.childElementCount;
  // That the whole list is laid out once is not the event's.
  card.list.getBoundingClientRect();
  await new Promise(requestAnimationFrame);
  const own = card.rows.get("album150/lossless").element;
  const seen = { rows, own: 0, others: 0, times: [] };
  const watch = new MutationObserver((changes) => {
    for (const { target, attributeName } of changes) {
      // Covers come when they come.
      if (["src", "data-album"].includes(attributeName)) continue;
      own.contains(target) ? seen.own++ : seen.others++;
    }
  });
  watch.observe(card.list, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  const tell = async (number, status, data) => {
    const began = performance.now();
    card.follow({
      run_id: `run${number}`, album_id: `album${number}`, quality: "lossless", at: 2000,
      status, data,
    });
    card.list.getBoundingClientRect();
    seen.times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  };
  for (let percent = 1; percent < 100; percent++) {
    await tell(150, "downloading", { percent, speed: 1000 * percent, time_left: 60 });
  }
  watch.disconnect();
  // These move to another place in the list.
  for (let number = 0; number < 50; number++) {
    await tell(number, "downloaded", { quality: "FLAC" });
  }
  return seen;
}
"""
