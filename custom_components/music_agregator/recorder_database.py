"""The Database port on the recorder's engine."""

from collections.abc import Awaitable, Callable
from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from sqlalchemy import Connection

from .core.clock import SYSTEM_CLOCK, Clock
from .core.errors import StoreError, StoreUnavailableError
from .core.store.database import RetryingDatabase, transact


class RecorderDatabase(RetryingDatabase):
    """Our tables beside the recorder's own, whatever engine the user chose.

    The engine is replaced when a corrupt database is moved aside and gone after
    shutdown: it is asked for anew at every call.
    """

    def __init__(self, hass: HomeAssistant, clock: Clock = SYSTEM_CLOCK) -> None:
        """Initialize the database."""
        super().__init__(clock)
        self._hass = hass

    @override
    def _submit[T](
        self, fn: Callable[[Connection], T], *, durable: bool
    ) -> Awaitable[T]:
        """Run `fn` in the recorder's own threads."""
        instance = get_instance(self._hass)

        def work() -> T:
            if instance.engine is None:
                raise StoreUnavailableError("the recorder has no database now")
            return transact(instance.engine, fn, durable=durable)

        try:
            return instance.async_add_executor_job(work)
        except RuntimeError as err:
            raise StoreError("the recorder is closed") from err
