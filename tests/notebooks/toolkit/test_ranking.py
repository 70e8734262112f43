"""Rankings, how they are shown, and what sliders do to them."""

from dataclasses import replace
import json

from made_up import ALBUM, LOSSLESS, MARKUP, SECRET, release, releases
from music_agregator import Preferences, QualityProfile, decide_ladder
from music_agregator.common.digest import offer_digest
from music_agregator.search.finder import SearchResult
from music_agregator_toolkit import (
    Comparison,
    Explorer,
    Ranking,
    rejections,
    seeders_by_score,
    size_by_duration,
)
import pytest


@pytest.fixture
def ranking() -> Ranking:
    return Ranking.of(ALBUM, LOSSLESS, releases())


def state(explorer: Explorer) -> str:
    """All that any widget of it tells the browser."""
    told, left = [], [explorer]
    while left:
        widget = left.pop()
        told.append({k: str(v) for k, v in widget.get_state().items()})
        left += getattr(widget, "children", ())
    return json.dumps(told)


def test_it_is_the_cores_own_decision(ranking: Ranking) -> None:
    _, found = decide_ladder(ALBUM, LOSSLESS, releases(), Preferences())
    assert list(ranking.candidates) == found
    other = ranking.again("high", "any", minimum_seeders=20, edition="most_complete")
    ladder = (QualityProfile.HIGH, QualityProfile.ANY)
    preferences = other.preferences
    assert preferences.minimum_seeders == 20
    _, found = decide_ladder(ALBUM, ladder, releases(), preferences)
    assert list(other.candidates) == found
    assert ranking.preferences == Preferences()
    with pytest.raises(ValueError, match="loud"):
        ranking.again("loud")
    with pytest.raises(TypeError, match="taste"):
        ranking.again(taste="good")


def test_what_the_core_has_blocked_stays_blocked() -> None:
    offered = releases(6)
    blocked = Preferences(
        blocked_guids=frozenset({offer_digest(offered[0].guid, offered[0].title)})
    )
    profile, found = decide_ladder(ALBUM, LOSSLESS, offered, blocked)
    result = SearchResult(
        queries=(),
        reports=(),
        preferences=blocked,
        profile=profile,
        candidates=tuple(found),
    )
    ranking = Ranking.of_result(ALBUM, LOSSLESS, result)
    assert ranking.candidates == result.candidates
    for one in (ranking, ranking.again("any", minimum_seeders=0)):
        codes = {reason.code for c in one.candidates for reason in c.reasons}
        assert "blocked" in codes


def test_a_release_keeps_its_key_in_every_order(ranking: Ranking) -> None:
    other = ranking.again("high", minimum_seeders=50)
    titles = {row.key: row.title for row in ranking.rows}
    assert {row.key: row.title for row in other.rows} == titles
    assert [row.key for row in other.rows] != [row.key for row in ranking.rows]
    found = other.find(ranking.rows[0].key)
    assert found
    assert found.release.title == ranking.rows[0].title
    assert other.find(10_000) is None


def test_nothing_found_is_shown_as_well() -> None:
    nothing = Ranking.of(ALBUM, LOSSLESS, [])
    assert nothing.best is None
    assert "0 of 0 releases" in str(nothing)
    for plot in (size_by_duration, seeders_by_score, rejections):
        assert plot(nothing).png.startswith(b"\x89PNG")
    assert "nothing" in Explorer(nothing).heading.value


async def test_a_slider_ranks_again_at_once(ranking: Ranking) -> None:
    explorer = Explorer(ranking)
    table, controls = explorer.table, explorer.controls
    best = table.rows[0]
    assert best["accepted"]
    assert "Choose a release" in explorer.details.value
    table.chosen = best["key"]
    assert best["title"] in explorer.details.value
    assert "Against it" not in explorer.details.value
    controls.fields["minimum_seeders"].value = best["seeders"] + 1
    assert table.chosen == best["key"]
    (line,) = (row for row in table.rows if row["key"] == best["key"])
    assert not line["accepted"]
    assert "seeders" in line["reason"]
    assert f"{line['rank']}. {best['title']}" in explorer.details.value
    assert "Against it" in explorer.details.value
    assert explorer.ranking.best is None or explorer.ranking.best.rank == 1
    controls.profile.value = (QualityProfile.HIGH,)
    assert explorer.ranking.profiles == (QualityProfile.HIGH,)
    controls.fields["ignored_words"].value = "320, V0"
    assert explorer.ranking.preferences.ignored_words == ("320", "V0")
    controls.priorities["Near"].value = 1
    assert explorer.ranking.preferences.indexer_priorities["Near"] == 1
    controls.fields["maximum_bytes"].value = 100
    assert explorer.ranking.preferences.maximum_bytes == 100_000_000
    # As far as there is anything to be smaller or larger than.
    assert controls.fields["maximum_bytes"].max == 251


async def test_what_nobody_moves_stays_as_it_was() -> None:
    """Also what no control can show."""
    preferences = Preferences(
        minimum_seeders=400,
        minimum_bytes=900_000,
        maximum_bytes=5_000_000_000,
        required_words=("a, b",),
        indexer_priorities={"Elsewhere": 3},
    )
    explorer = Explorer(Ranking.of(ALBUM, LOSSLESS, releases(), preferences))
    explorer.controls.fields["allow_packs"].value = True
    assert explorer.ranking.preferences == replace(preferences, allow_packs=True)
    explorer.controls.fields["maximum_bytes"].value = 700
    explorer.controls.fields["allow_packs"].value = False
    assert explorer.ranking.preferences == replace(
        preferences, maximum_bytes=700_000_000
    )


async def test_a_ladder_stays_until_another_quality_is_wanted() -> None:
    ladder = (QualityProfile.HI_RES, QualityProfile.LOSSLESS)
    explorer = Explorer(Ranking.of(ALBUM, ladder, releases()))
    explorer.controls.fields["minimum_seeders"].value = 3
    seen = [explorer.ranking.profiles]
    explorer.controls.profile.value = (QualityProfile.ANY,)
    seen.append(explorer.ranking.profiles)
    assert seen == [ladder, (QualityProfile.ANY,)]


async def test_no_link_leaves_and_no_markup_is_taken_for_one(
    ranking: Ranking,
) -> None:
    odd = [
        release(900, title=f"Ferro Mere - Slow Cartography (1987) [FLAC] {MARKUP}"),
        release(901, indexer=MARKUP),
    ]
    ranking = Ranking.of(ALBUM, LOSSLESS, [*releases(), *odd])
    explorer = Explorer(ranking)
    displayable = [ranking._repr_html_()]
    for row in ranking.rows:
        explorer.table.chosen = row.key
        displayable.append(explorer.details.value)
    displayable += [explorer.heading.value, Comparison(ranking, ranking)._repr_html_()]
    for html in displayable:
        assert MARKUP not in html
    for text in (*displayable, state(explorer), str(ranking), repr(ranking)):
        assert SECRET not in text


def test_picks_are_compared(ranking: Ranking) -> None:
    same = Comparison(ranking, ranking.again())
    assert same.is_same
    assert str(same).startswith("The pick stays: ")
    other = Comparison(ranking, ranking.again("high"))
    assert not other.is_same
    assert ranking.best
    assert ranking.best.release.title in str(other).splitlines()[0]
    assert "<table>" in other._repr_html_()
    with pytest.raises(ValueError, match="same search"):
        Comparison(ranking, Ranking.of(ALBUM, LOSSLESS, releases(3)))


def test_plots_say_what_they_show(ranking: Ranking) -> None:
    told = [plot(ranking) for plot in (size_by_duration, seeders_by_score, rejections)]
    assert all(plot.png.startswith(b"\x89PNG") for plot in told)
    assert str(told[0]) == "Sizes of 40 releases by quality."
    assert str(told[1]).startswith(f"{len(ranking.accepted)} will do; the pick: ")
    counts = dict(part.split(": ") for part in str(told[2]).split(", "))
    assert int(counts["wrong_quality"]) == sum(
        count
        for (code, _), count in ranking.rejections.items()
        if code == "wrong_quality"
    )
