"""A listener that raises is logged, and harms neither the run nor another listener."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.music_agregator.core.common.signal import Signal
from custom_components.music_agregator.core.errors import ClientUnavailableError
from custom_components.music_agregator.core.model import WorkflowStatus as S
from sandbox import catalogue as c
from tests.fakes import LightWorld


class BrokenError(Exception):
    """What a listener may raise."""


def broken(*_: Any) -> None:
    raise BrokenError


def test_the_others_hear_of_it_in_the_order_in_which_they_connected(
    caplog: pytest.LogCaptureFixture,
) -> None:
    signal = Signal[int]()
    heard: list[tuple[str, int]] = []
    signal.connect(lambda number: heard.append(("first", number)))
    disconnect = signal.connect(broken)
    signal.connect(lambda number: heard.append(("last", number)))
    signal.emit(1)
    assert heard == [("first", 1), ("last", 1)]
    assert caplog.text.count("A listener failed") == 1
    disconnect()
    signal.emit(2)
    assert heard[2:] == [("first", 2), ("last", 2)]
    assert caplog.text.count("A listener failed") == 1


def test_a_listener_may_disconnect_itself_while_it_is_called() -> None:
    signal = Signal[()]()
    heard: list[str] = []

    def once() -> None:
        heard.append("once")
        disconnect()

    disconnect = signal.connect(once)
    signal.connect(lambda: heard.append("always"))
    signal.emit()
    signal.emit()
    assert heard == ["once", "always", "always"]


@pytest.mark.parametrize(
    "connect",
    [
        lambda app: app.monitor.progress.connect(broken),
        lambda app: app.client_health.changed.connect(broken),
        lambda app: app.bus.published.connect(broken),
    ],
    ids=["progress", "health", "bus"],
)
async def test_a_run_goes_on(
    world: LightWorld,
    connect: Callable[[Any], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect(world.app)
    story = await world.get(c.GLASS_HARBOUR)
    assert story[-1].status is S.DOWNLOADED
    assert len(world.client.torrents) == 1
    assert "BrokenError" in caplog.text


async def test_a_service_that_comes_back_is_waited_for(world: LightWorld) -> None:
    world.client.error = ClientUnavailableError("refused")
    world.app.client_health.changed.connect(broken)
    answer = await world.ask(c.GLASS_HARBOUR)
    await world.clock.until_waiting(8)
    world.client.error = None
    world.clock.advance(60)
    story = await world.story(answer["seq"] - 1)
    assert story[-1].status is S.DOWNLOADED
