"""Pictures of the documentation, made with a real frontend on the sandbox."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import shutil
import sys
from typing import Any

from playwright.async_api import Page

from .browser import browser_page
from .catalogue import GLASS_HARBOUR, SLOW_CARTOGRAPHY, UNHEARD
from .homeassistant import Client, HomeAssistantProcess
from .lab import Lab
from .qbittorrent import QBittorrent
from .world import World

FOLDER = Path(__file__).parent.parent / ".screenshots"
PICTURES = Path(__file__).parent.parent / "docs/pictures"
_SLOW = 60_000


async def _until(client: Client, run_id: str, status: str) -> None:
    """Wait until a run has come to a status."""
    async for message in client.stream(since_seq=0):
        event: dict[str, Any] = message.get("event", {})
        if event.get("run_id") == run_id and event["status"] == status:
            return


async def _picture(page: Page, url: str, name: str, wait_for: str) -> None:
    """Open an address, wait for a text, and keep the picture."""
    await page.goto(url)
    await page.get_by_text(wait_for).first.wait_for(timeout=60_000)
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(1_500)
    await page.screenshot(path=PICTURES / f"{name}.png")


async def make() -> None:
    """Start everything, do a few things, and take the pictures."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(World(FOLDER, upload_limit=_SLOW))
        torrents = QBittorrent(FOLDER / "qbittorrent")
        stack.push_async_callback(torrents.stop)
        await torrents.start()
        home_assistant = HomeAssistantProcess(FOLDER / "homeassistant")
        stack.push_async_callback(home_assistant.stop)
        await home_assistant.start()
        client = await stack.enter_async_context(Client(home_assistant.url))
        await client.onboard()
        await client.add_integration(world, torrents, album_entities=True)
        ended = await client.act(
            "monitor_album", album_id=UNHEARD.album_id, quality="any"
        )
        await _until(client, ended["run_id"], "not_found")
        asked = await client.act(
            "monitor_album",
            album_id=SLOW_CARTOGRAPHY.album_id,
            quality=["hi_res", "lossless"],
            mode="interactive",
        )
        await _until(client, asked["run_id"], "awaiting_selection")
        going = await client.act(
            "monitor_album", album_id=GLASS_HARBOUR.album_id, quality="lossless"
        )
        await _until(client, going["run_id"], "downloading")
        devices = {
            device["name"]: device["id"]
            for device in await client.command("config/device_registry/list")
        }
        page = await stack.enter_async_context(browser_page(client))
        device = f"{home_assistant.url}/config/devices/device"
        for name, title, text in (
            ("service", "Music Agregator", "Active workflows"),
            (
                "album",
                f"{SLOW_CARTOGRAPHY.artist} - {SLOW_CARTOGRAPHY.title}",
                "Release",
            ),
            ("download", f"{GLASS_HARBOUR.artist} - {GLASS_HARBOUR.title}", "Progress"),
        ):
            await _picture(page, f"{device}/{devices[title]}", name, text)
        await _picture(
            page,
            f"{home_assistant.url}/config/integrations/integration/music_agregator",
            "integration",
            "Sandbox",
        )
        await page.get_by_role("button", name="Configure").first.click()
        await page.get_by_text("Usual quality").first.wait_for()
        await page.wait_for_timeout(1_000)
        await page.screenshot(path=PICTURES / "options.png")
        await _card(client, home_assistant.url)


async def _card(client: Client, url: str) -> None:
    """Take the pictures of the card: light, dark, and on a phone."""
    card = {"type": "custom:music-agregator-card", "title": "Albums"}
    section = {"type": "grid", "cards": [card]}
    view = {"title": "Music", "path": "m", "type": "sections", "sections": [section]}
    dashboard = {"url_path": "the-music", "title": "Music", "mode": "storage"}
    await client.command("lovelace/dashboards/create", **dashboard)
    await client.command(
        "lovelace/config/save", url_path="the-music", config={"views": [view]}
    )
    for name, width, height, dark in (
        ("card", 900, 620, False),
        ("card-dark", 900, 620, True),
        ("card-phone", 390, 844, True),
    ):
        async with browser_page(client, width=width, height=height, dark=dark) as page:
            await page.goto(f"{url}/the-music/m")
            rows = page.locator("music-agregator-card li.row")
            await rows.nth(2).wait_for(timeout=60_000)
            if width < 480:
                await page.get_by_role("button", name="Choose: ").click()
                await page.locator("music-agregator-card .candidate").first.wait_for()
            await page.wait_for_timeout(1_500)
            await page.screenshot(path=PICTURES / f"{name}.png")


async def make_notebooks() -> None:
    """Take the pictures of the notebooks, in a real JupyterLab."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    notebooks = FOLDER / "notebooks"
    shutil.copytree(
        Path(__file__).parent.parent / "notebooks",
        notebooks,
        ignore=shutil.ignore_patterns("toolkit"),
    )
    lab = Lab(FOLDER / "lab", notebooks, MUSIC_AGREGATOR_SANDBOX="1")
    await lab.start()
    try:
        async with browser_page(width=1180, height=900) as page:
            page.set_default_timeout(60_000)
            await _open(page, lab, "01_explore_search_results")
            table = page.locator(".music-agregator-table")
            await table.get_by_role("button", name="(2017) [FLAC 24-96]").click()
            await page.get_by_text("is choice 1 of 4").wait_for()
            controls = page.get_by_text("Least seeders").first
            await controls.evaluate("control => control.scrollIntoView()")
            await page.wait_for_timeout(1_500)
            await page.screenshot(path=PICTURES / "notebook.png")
            await _open(page, lab, "02_monitor_album")
            await page.get_by_text("downloaded: /").first.wait_for()
            await (
                page.locator(".jp-CodeCell")
                .nth(1)
                .evaluate("cell => cell.scrollIntoView()")
            )
            await page.wait_for_timeout(1_500)
            await page.screenshot(path=PICTURES / "notebook-run.png")
    finally:
        await lab.stop()


async def _open(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook without what is beside it, and run all of it."""
    await page.goto(lab.url(f"{name}.ipynb"))
    await page.get_by_text("| Idle").wait_for()
    await page.keyboard.press("ControlOrMeta+b")
    await page.get_by_role("menuitem", name="Run").first.click()
    await page.get_by_text("Run All Cells", exact=True).click()


if __name__ == "__main__":
    asyncio.run(make_notebooks() if sys.argv[1:] == ["notebooks"] else make())
    sys.exit(0)
