"""StallDetector alone: polls in, one answer out."""

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.downloads.stall_detector import (
    StallDetector,
)
from custom_components.music_agregator.core.model import InfoHashes
from custom_components.music_agregator.core.torrents.client import (
    Phase,
    Snapshot,
    TorrentState,
)

CONNECTED = Snapshot()


def torrent(progress: float = 0.5, phase: Phase = Phase.DOWNLOADING) -> TorrentState:
    return TorrentState(
        torrent_id="t", hashes=InfoHashes(v1="a" * 40), phase=phase, progress=progress
    )


def polls(detector: StallDetector, *seconds: float) -> list[bool]:
    """Poll a torrent that stands still."""
    return [detector.observe(torrent(), CONNECTED, now) for now in seconds]


def test_what_stands_still_for_the_limit_has_stalled() -> None:
    assert polls(StallDetector(100.0), 0, 50, 99, 100) == [False, False, False, True]


def test_a_little_progress_counts_from_zero_again() -> None:
    detector = StallDetector(100.0)
    polls(detector, 0, 50, 90)
    assert not detector.observe(torrent(0.51), CONNECTED, 110)
    assert detector.idle == 0.0
    still = [detector.observe(torrent(0.51), CONNECTED, now) for now in (160, 209, 210)]
    assert still == [False, False, True]


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.PAUSED, Phase.FINISHED])
def test_what_is_meant_to_rest_never_stalls(phase: Phase) -> None:
    detector = StallDetector(10.0)
    for now in range(0, 200, 20):
        assert not detector.observe(torrent(phase=phase), CONNECTED, now)


@pytest.mark.parametrize("phase", [Phase.METADATA, Phase.ERROR, Phase.MISSING_FILES])
def test_what_has_no_metadata_or_an_error_stalls_too(phase: Phase) -> None:
    detector = StallDetector(10.0)
    detector.observe(torrent(phase=phase), CONNECTED, 0)
    assert detector.observe(torrent(phase=phase), CONNECTED, 10)


def test_without_a_connection_no_time_passes() -> None:
    detector = StallDetector(10.0)
    for now in range(0, 200, 20):
        away = Snapshot(is_connected=False)
        assert not detector.observe(torrent(), away, now)
    assert detector.idle == 0.0


def test_a_long_silence_counts_as_one_interval() -> None:
    """The machine slept, or the client was away: the download may have moved."""
    detector = StallDetector(3_600.0)
    polls(detector, 0, 86_400)
    assert detector.idle == 60.0


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    detector = StallDetector(100.0)
    polls(detector, 1_000, 1_050, 10, 20)
    assert detector.idle == 60.0


def test_without_a_limit_nothing_stalls() -> None:
    assert not any(polls(StallDetector(None), *range(0, 86_400, 60)))


def test_a_reset_counts_from_zero() -> None:
    detector = StallDetector(100.0)
    polls(detector, 0, 60)
    detector.reset()
    assert polls(detector, 99, 140) == [False, False]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 1e5))
def test_idle_time_is_never_more_than_what_passed(
    waits: list[float], limit: float
) -> None:
    detector, now = StallDetector(limit), 0.0
    polls(detector, now)
    for wait in waits:
        now += wait
        (stalled,) = polls(detector, now)
        assert 0.0 <= detector.idle <= now + 1e-6
        assert stalled == (detector.idle >= limit)
