"""The core knows no Home Assistant: its tests pay for none."""

from collections.abc import AsyncIterator

import pytest

from custom_components.music_agregator.core.library.media_reader import MediaReader


@pytest.fixture(autouse=True)
def configure_event_loop() -> None:
    """Leave the event loop as it is: most tests here have none."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Do without asyncio's debugging, which takes most of the time."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Look for no leftovers of a Home Assistant."""


@pytest.fixture
async def reader() -> AsyncIterator[MediaReader]:
    """What reads audio files."""
    reader = MediaReader()
    yield reader
    await reader.close()
