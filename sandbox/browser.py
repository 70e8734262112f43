"""A Chromium without a screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import os
from pathlib import Path

from playwright.async_api import Page, async_playwright

from .homeassistant import Client

_ROOT = Path(__file__).parent.parent / ".tools/chromium"
_PROGRAM = _ROOT / "usr/lib/chromium/chromium"


class NoBrowserError(RuntimeError):
    """There is no Chromium here."""


@asynccontextmanager
async def browser_page(
    client: Client | None = None,
    *,
    width: int = 1280,
    height: int = 900,
    dark: bool = False,
    language: str = "en",
    still: bool = False,
) -> AsyncIterator[Page]:
    """Yield a page, logged in as the client is; `still`: nothing is to move."""
    if not _PROGRAM.exists():
        raise NoBrowserError("no Chromium: call scripts/setup")
    fonts = {
        "FONTCONFIG_FILE": str(_ROOT / "etc/fonts/fonts.conf"),
        "FONTCONFIG_SYSROOT": str(_ROOT),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_PROGRAM,
            args=["--no-sandbox", "--disable-gpu"],
            env={**os.environ, **fonts},
        )
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            locale=language,
        )
        if client is not None:
            tokens = json.dumps(json.dumps(client.browser_tokens))
            await context.add_init_script(f"localStorage.hassTokens = {tokens}")
        try:
            yield await context.new_page()
        finally:
            await browser.close()
