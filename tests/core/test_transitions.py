"""The table of statuses, against the one that is documented."""

import pytest

from custom_components.music_agregator.core.errors import IllegalTransitionError
from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.transitions import ENDS, check, followers

LEGAL = {
    "fetching_metadata": "checking_owned",
    "checking_owned": "searching already_owned",
    "searching": "parsing_results",
    "parsing_results": "adding_torrent awaiting_selection not_found",
    "awaiting_selection": "adding_torrent not_found",
    "adding_torrent": "complete adding_torrent not_found",
    "complete": "downloading",
    "downloading": "downloading stalled downloaded download_failed",
    "stalled": "downloading download_failed",
    "download_failed": "adding_torrent not_found",
}


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("following", list(S))
def test_only_what_is_documented_may_follow(status: S, following: S) -> None:
    legal = LEGAL.get(status.value)
    allowed = legal is not None and (
        following.value in legal.split() or following in {S.CANCELLED, S.FAILED}
    )
    if allowed:
        check(status, following)
    else:
        with pytest.raises(IllegalTransitionError):
            check(status, following)


def test_a_run_begins_with_its_metadata() -> None:
    assert followers(None) == {S.FETCHING_METADATA}


def test_nothing_follows_an_end() -> None:
    names = "downloaded already_owned not_found cancelled failed"
    assert {status.value for status in ENDS} == set(names.split())
    assert all(not followers(status) for status in ENDS)
