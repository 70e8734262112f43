"""A pytest plugin that makes way for a Home Assistant that the test plugin does not know.

Since 2026.11 Home Assistant puts httpx2 in the place of httpx, before anything imports it.
"""

from contextlib import suppress

with suppress(ImportError):
    import httpx2

    httpx2.alias_httpx()

from homeassistant.components import logger

if not hasattr(logger, "_clear_logger_overwrites"):
    # It has moved, and the test plugin still asks for it here.
    from homeassistant.components.logger import helpers

    logger._clear_logger_overwrites = helpers._clear_logger_overwrites  # noqa: SLF001
