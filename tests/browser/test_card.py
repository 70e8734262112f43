"""The card, in a real frontend on a real Home Assistant, as a person meets it."""

from pathlib import Path
import re

from playwright.async_api import expect
import pytest

from sandbox import catalogue as c
from sandbox.browser import browser_page

from .sitting import MEASURE, PATIENCE, serious, sitting

pytestmark = [
    pytest.mark.server,
    pytest.mark.long,
    pytest.mark.usefixtures("socket_enabled"),
]

BLOB = re.compile("blob:")
MARKUP = "<img src=x onerror=document.title='owned'> & <b>Sons</b>"


async def test_from_the_picker_to_music_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = c.Album(
        artist="Mallory",
        title=MARKUP,
        editions=(c.Edition(date="1999", tracks=(("Silence", 20_000),)),),
    )
    monkeypatch.setattr("sandbox.musicbrainz.ALBUMS", (*c.ALBUMS, hostile))
    async with sitting(tmp_path, upload_limit=600_000) as here:
        page, card = here.page, here.card
        await here.keep([{"type": "grid", "cards": []}])
        await page.goto(f"{here.home_assistant.url}/ui-test/m?edit=1")
        await page.locator("hui-grid-section .add").click(timeout=PATIENCE)
        await page.get_by_role("tab", name="By card").click()
        await page.get_by_placeholder("Search cards").fill("Music Agregator")
        await (
            page.locator("hui-card-picker .card")
            .filter(has_text="Music Agregator")
            .locator(".overlay")
            .first.click()
        )
        editor = page.locator("hui-dialog-edit-card")
        await editor.locator("ha-selector-text input").first.fill("Albums")
        await editor.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name="Done").click()
        await expect(card.get_by_role("heading", name="Albums")).to_be_visible()
        await expect(card.get_by_text("Nothing is on its way")).to_be_visible()

        field = card.get_by_role("searchbox")
        await field.fill("The Paper Lanterns - Glass Harbour")
        await field.press("Enter")
        match = card.locator(".found > li").first
        await expect(match).to_contain_text("2011")
        assert await serious(card) == []
        await match.get_by_role("combobox").select_option("lossless")
        await expect(card.get_by_role("status")).to_have_text("Albums found: 2.")
        await expect(field).to_be_focused()
        await match.get_by_role("button", name="Get").press("Enter")
        await expect(field).to_be_focused()
        row = here.row("Glass Harbour")
        await expect(row).to_contain_text("Downloading", timeout=PATIENCE)
        await expect(row).to_contain_text("Lossless → FLAC")
        await expect(row.locator("img")).to_have_attribute("src", BLOB)
        line = row.get_by_role("progressbar")
        assert 0 < int(await line.get_attribute("aria-valuenow") or 0) < 100
        await expect(row).to_contain_text("Downloaded", timeout=PATIENCE)
        assert await line.get_attribute("aria-valuenow") == "100"
        await expect(card.get_by_role("status")).to_contain_text("Downloaded")

        # Why this one?
        await row.get_by_role("button", name="Why").click()
        await expect(row.locator(".candidate.won")).to_contain_text("chosen")
        assert await row.locator(".candidate.won .bar span").count() >= 3
        await row.locator(".candidate.won summary").press("Enter")
        await expect(row.locator(".candidate.won .points li")).to_contain_text(
            ["choice 1"]
        )
        await row.get_by_text("Rejected").click()
        await expect(row.get_by_text("MP3 320 does not fit")).to_be_visible()
        assert await serious(card) == []
        await field.fill("Mallory")
        await field.press("Enter")
        await expect(card.locator(".found .name")).to_have_text(MARKUP)
        assert await card.locator(".found .name b, .found .name img").count() == 0
        await field.fill("")
        await expect(card.locator(".found > li")).to_have_count(0)
        await row.get_by_role("button", name="Details").click()
        await expect(page.locator("ha-more-info-dialog")).to_contain_text(
            "Latest status"
        )
        await page.keyboard.press("Escape")

        # What comes from the network is text.
        await here.client.act("monitor_album", album_id=hostile.album_id, quality="any")
        row = here.row("Mallory")
        await expect(row).to_contain_text("Not found", timeout=PATIENCE)
        await expect(row).to_contain_text("No indexer has this album")
        await expect(row.locator(".name")).to_have_text(MARKUP)
        assert await card.locator(".name b, .name img").count() == 0
        assert "owned" not in await page.title()
        await row.get_by_role("button", name="Dismiss").press("Enter")
        await expect(row).to_have_count(0)
        # The keyboard is where the album was, at its neighbour, where it does no harm.
        neighbour = here.row("Glass Harbour")
        details = neighbour.get_by_role("button", name="Details")
        await expect(details).to_be_focused()
        entity = (
            "Object.keys(hass.entities).find((name) => name.endsWith('latest_status'))"
        )
        suggestion = await page.evaluate(
            "() => { const { hass } = document.querySelector('home-assistant');"
            f" const entity = {entity};"
            " const ours = customCards.find((one) => one.type.startsWith('music'));"
            " return [ours.getEntitySuggestion(hass, entity),"
            " ours.getEntitySuggestion(hass, 'sun.sun')]; }"
        )
        assert suggestion == [{"config": {"type": "custom:music-agregator-card"}}, None]
        await page.reload()
        await expect(here.row("Glass Harbour")).to_have_count(1, timeout=PATIENCE)
        await expect(here.row("Mallory")).to_have_count(0)


async def test_choose_cancel_and_come_back(tmp_path: Path) -> None:
    async with sitting(tmp_path, upload_limit=30_000, width=320, dark=True) as here:
        await here.show()
        card, client = here.card, here.client
        await client.act(
            "monitor_album",
            album_id=c.SLOW_CARTOGRAPHY.album_id,
            quality=["hi_res", "lossless"],
            mode="interactive",
        )
        row = here.row("Slow Cartography")
        await expect(row).to_contain_text("Awaiting selection", timeout=PATIENCE)
        await row.get_by_role("button", name="Choose").click()
        second = row.locator(".candidate").nth(1)
        await expect(second).to_contain_text("Seeders")
        assert await serious(card) == []
        chosen = await second.locator(".title").inner_text()
        await second.get_by_role("button", name="Take").click()
        await expect(row).to_contain_text("Downloading", timeout=PATIENCE)
        (run,) = (await client.act("get_runs"))["runs"]
        events = (await client.act("get_events", run_id=run["run_id"]))["events"]
        (picked,) = [e for e in events if e["status"] == "adding_torrent"]
        assert picked["data"]["title"] == chosen
        overflow = "document.scrollingElement.scrollWidth > innerWidth"
        assert not await here.page.evaluate(overflow)

        # The tab sleeps while much happens.
        await client.act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
        await expect(here.row("The Unheard Side")).to_contain_text(
            "Not found", timeout=PATIENCE
        )
        await here.sleep()
        (ended,) = (await client.act("get_runs", live=False))["runs"][:1]
        await client.command("music_agregator/dismiss", run_id=ended["run_id"])
        await client.act(
            "monitor_album", album_id=c.TIN_WEATHER.album_id, quality="any"
        )
        await here.wake()
        await expect(here.row("Tin Weather")).to_have_count(1, timeout=PATIENCE)
        await expect(here.row("The Unheard Side")).to_have_count(0)

        # The house is started again, and the tab is not.
        here.expected = ("WebSocket connection", "ERR_CONNECTION_REFUSED")
        await client.close_socket()
        await here.home_assistant.stop()
        await here.home_assistant.start()
        await client.refresh()
        await client.act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
        await expect(here.row("The Unheard Side")).to_contain_text(
            "Not found", timeout=PATIENCE
        )
        await expect(row).to_have_count(1)
        await expect(card.get_by_role("alert")).to_be_hidden()
        await row.get_by_role("button", name="Cancel").press("Enter")
        await expect(row).to_contain_text("Cancelled", timeout=PATIENCE)
        retry = row.get_by_role("button", name="Retry")
        await retry.press("Enter")
        await expect(row).to_contain_text("Awaiting selection", timeout=PATIENCE)


async def test_three_hundred_albums_and_other_readers(tmp_path: Path) -> None:
    """An event touches its own album alone; how long that takes, `scripts/bench` says."""
    async with sitting(tmp_path) as here:
        await here.client.act(
            "monitor_album", album_id=c.TIN_WEATHER.album_id, quality="lossless"
        )
        await here.show(cards=3)
        async with browser_page(here.client, language="de") as page:
            card = await here.show_to(page)
            row = card.locator(".row").filter(has_text="Tin Weather")
            await expect(row).to_contain_text("Nicht gefunden", timeout=PATIENCE)
            await row.get_by_role("button", name="Warum").click()
            await row.get_by_text("Abgelehnt").click()
            await expect(row.locator(".candidate")).to_contain_text(
                ["passt nicht zur Qualität"]
            )
        async with browser_page(
            here.client, language="he", still=True, width=320
        ) as page:
            card = await here.show_to(page)
            line = card.locator(".line b").first
            await expect(line).to_have_css("transition-duration", "0s")
            await expect(card).to_have_css("direction", "rtl")
            assert await serious(card) == []
        await here.show()
        # It is rebuilt when the strings arrive.
        await expect(here.row("Tin Weather")).to_contain_text(
            "Not found", timeout=PATIENCE
        )
        touched = await here.page.evaluate(MEASURE, 300)
    assert touched["rows"] == 300
    assert touched["others"] == 0
    assert touched["own"] > 0
