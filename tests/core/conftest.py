"""The core knows no Home Assistant: its tests pay for none."""

import pytest


@pytest.fixture(autouse=True)
def configure_event_loop() -> None:
    """Leave the event loop as it is: most tests here have none."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Do without asyncio's debugging, which takes most of the time."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Look for no leftovers of a Home Assistant."""
