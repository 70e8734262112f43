"""The widgets, as a person uses them: a real JupyterLab in a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path
import shutil

from playwright.async_api import Locator, Page, expect
import pytest

from sandbox.browser import NoBrowserError, browser_page
from sandbox.lab import Lab, NoLabError
from tests.conftest import missing
from tests.servers import ROOT

pytestmark = [
    pytest.mark.server,
    pytest.mark.long,
    pytest.mark.usefixtures("socket_enabled"),
]

PATIENCE = 45_000


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    notebooks = tmp_path / "notebooks"
    shutil.copytree(
        ROOT / "notebooks", notebooks, ignore=shutil.ignore_patterns("toolkit")
    )
    try:
        lab = Lab(tmp_path / "lab", notebooks, MUSIC_AGREGATOR_SANDBOX="1")
    except NoLabError as error:
        missing(str(error))
    await lab.start()
    yield lab
    await lab.stop()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    try:
        async with browser_page(width=1300, height=1100) as page:
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            yield page
    except NoBrowserError as error:
        missing(str(error))


async def open_notebook(page: Page, lab: Lab, name: str) -> None:
    await page.goto(lab.url(name))
    await page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    # Only an idle kernel takes what is run.
    await page.get_by_text("| Idle").wait_for()


def cell(page: Page, code: str) -> Locator:
    return page.locator(".jp-CodeCell").filter(has_text=code)


async def run(page: Page, code: str) -> Locator:
    """Run the cell with that code; return what it shows."""
    found = cell(page, code)
    await found.locator(".cm-content").click()
    await page.keyboard.press("Shift+Enter")
    output = found.locator(".jp-OutputArea-output").last
    await output.wait_for()
    return found.locator(".jp-OutputArea")


async def test_searched_ranked_and_got(lab: Lab, page: Page) -> None:
    errors: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if "//127.0.0.1:" in r.url or r.url[:4] != "http" else asked.add(r.url)
        ),
    )
    await open_notebook(page, lab, "01_explore_search_results.ipynb")
    await run(page, "session = await connect(")

    # Search: another album than the notebook's, misspelt, then the one that is wanted.
    search = await run(page, "search = session.search()")
    meanings = search.get_by_role("listbox")
    await expect(meanings).to_contain_text("Ferro Mere - Slow Cartography")
    await search.get_by_label("Album").fill("glass harbor")
    await search.get_by_role("button", name="Search").click()
    await expect(meanings).to_contain_text("The Paper Lanterns - Glass Harbour (2011")
    await search.get_by_label("Album").fill("")
    await search.get_by_label("Album").press_sequentially("slow cartography")
    await page.keyboard.press("Enter")
    await expect(meanings).to_contain_text("Slow Cartography")
    await run(page, "ranking = await session.releases(")

    # Look into it, sort it, filter it.
    explorer = await run(page, "explorer = Explorer(ranking)")
    table = explorer.locator(".music-agregator-table")
    rows = table.locator("tbody tr")
    await expect(table.get_by_role("status")).to_have_text("39 releases")
    best = "Ferro Mere - Slow Cartography (2017) [FLAC 24-96]"
    await expect(rows.first).to_contain_text(best)
    await table.get_by_role("button", name=best, exact=True).click()
    await expect(explorer).to_contain_text("FLAC 24/96 is choice 1 of 4 for hi_res.")
    await table.get_by_role("button", name="Seeders").click()
    await table.get_by_role("button", name="Seeders").click()
    await expect(rows.first).to_contain_text("[MP3 320]")
    await table.get_by_role("searchbox").fill("24- mere")
    await expect(table.get_by_role("status")).to_have_text("4 of 39 releases")
    await table.get_by_role("searchbox").fill("")
    await table.get_by_role("button", name="Rank").click()

    # A slider ranks again: five seeders are not enough any more.
    slider = explorer.get_by_role("slider").first
    await slider.focus()
    for _ in range(5):
        await page.keyboard.press("ArrowRight")
    await expect(rows.first).to_contain_text(
        "Ferro Mere - Slow Cartography (1987) [FLAC]"
    )
    await expect(explorer).to_contain_text("5 seeders, but the option asks for 6.")
    chosen = table.locator("tr[aria-selected=true]")
    await expect(chosen).to_contain_text(best)
    await expect(chosen).to_have_class("rejected")
    await explorer.get_by_role("tab", name="Rejections").click()
    picture = explorer.locator("img:visible")
    await expect(picture).to_have_js_property("naturalWidth", 630)

    # Run it, and watch to the end.
    await open_notebook(page, lab, "02_monitor_album.ipynb")
    await run(page, "session = await connect()")
    watched = await run(page, "run = await session.monitor(")
    await expect(watched).to_contain_text("downloaded: /")
    await expect(watched).to_contain_text("100 %")

    # Choose from the table.
    choice = await run(page, "choice = await session.monitor(")
    table = choice.locator(".music-agregator-table")
    await table.get_by_role("button", name=best, exact=True).click()
    take = choice.get_by_role("button", name="Take it")
    await expect(take).to_be_enabled()
    await take.click()
    await expect(choice).to_contain_text("downloaded: /")
    await expect(table).to_have_count(0)

    # Cancel by the button.
    unwanted = cell(page, "unwanted = await session.monitor(")
    await unwanted.locator(".cm-content").click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text('await session.monitor("Tin Weather", "any")')
    shown = await run(page, 'await session.monitor("Tin Weather"')
    await shown.get_by_role("button", name="Cancel").click()
    await expect(shown).to_contain_text("cancelled: Cancelled on request")
    assert errors == []
    assert asked == set()
