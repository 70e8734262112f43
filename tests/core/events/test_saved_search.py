"""A search that was saved, decided again."""

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.music_agregator.core.common.digest import offer_digest
from custom_components.music_agregator.core.decision import decide_ladder, decide_offers
from custom_components.music_agregator.core.errors import (
    AlbumNotFoundError,
    RunNotFoundError,
)
from custom_components.music_agregator.core.events.saved_search import SavedSearch
from custom_components.music_agregator.core.events.summary import summarize
from custom_components.music_agregator.core.model import (
    AlbumEvent,
    Candidate,
    Mode,
    Release,
    Run,
    WorkflowStatus as S,
)
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.settings import (
    EditionPreference,
    Preferences,
)
from custom_components.music_agregator.core.store.tables import ALBUM_EVENTS, ALBUMS
from sandbox import catalogue as c
from tests.core.decision.mixes import MIXES
from tests.core.made_up import album, release
from tests.fakes import LightWorld

PREFERENCES = st.builds(
    Preferences,
    edition=st.sampled_from(EditionPreference),
    allow_packs=st.booleans(),
    minimum_seeders=st.integers(0, 3),
    indexer_priorities=st.sampled_from([{}, {"A": 1}, {"B": 40}]),
)


def ranked(
    ladder: tuple[Q, ...], releases: tuple[Release, ...], preferences: Preferences
) -> tuple[list[Candidate], SavedSearch]:
    """What is decided of some releases, and what is saved of that."""
    _, found = decide_ladder(album(), ladder, releases, preferences)
    saved = [Candidate.from_dict(one.to_dict(), rank=one.rank) for one in found]
    run = Run(
        run_id="r",
        album_id="x",
        quality=ladder[0],
        ladder=ladder[1:],
        mode=Mode.AUTOMATIC,
        status=S.NOT_FOUND,
    )
    return found, SavedSearch(run=run, album=album(), candidates=tuple(saved))


@settings(max_examples=100)
@given(
    MIXES,
    st.sampled_from([(Q.LOSSLESS,), (Q.HI_RES, Q.LOSSLESS), (Q.ANY,)]),
    PREFERENCES,
    st.booleans(),
)
@example(
    [
        release("Ferro Mere - Slow Cartography", guid="b", download_volume_factor=1.0),
        release("Ferro Mere - Slow Cartography", guid="a"),
    ],
    (Q.ANY,),
    Preferences(),
    False,
).via("differ in what is saved, and the other way round in what is not")
def test_the_same_preferences_come_to_the_same_end(
    mix: list[Release], ladder: tuple[Q, ...], preferred: Preferences, block: bool
) -> None:
    """Ranks, scores, reasons: to the last point. Of several titles the best is kept."""
    # One torrent has one title here: the others' are not saved.
    alone = {release.info_hash or release.guid: release for release in mix}
    releases = tuple(alone.values())
    blocked = frozenset(offer_digest(r.guid, r.title) for r in releases[:1] if block)
    preferences = Preferences(
        edition=preferred.edition,
        allow_packs=preferred.allow_packs,
        minimum_seeders=preferred.minimum_seeders,
        indexer_priorities=preferred.indexer_priorities,
        blocked_guids=blocked,
    )
    saved, stored = ranked(ladder, releases, preferences)
    known = stored.preferences
    again = Preferences(
        edition=preferred.edition,
        allow_packs=preferred.allow_packs,
        minimum_seeders=preferred.minimum_seeders,
        indexer_priorities=known.indexer_priorities,
    )
    _, found = decide_offers(stored.album, ladder, stored.offers, again)
    assert [(one.rank, one.accepted, one.to_dict()) for one in found] == [
        (one.rank, one.accepted, one.to_dict()) for one in saved
    ]
    assert [one.to_dict() for one in stored.candidates] == [
        one.to_dict() for one in saved
    ]


def test_all_indexers_of_a_torrent_stay_its_indexers() -> None:
    title, name = "Ferro Mere - Slow Cartography (1987) [FLAC]", "a" * 40
    offered = tuple(
        Release(
            guid=indexer,
            title=title,
            seeders=seeders,
            info_hash=name,
            indexer=indexer,
            download_url="http://127.0.0.1/secret",
            categories=(3040,),
        )
        for indexer, seeders in (("Slow", 3), ("Fast", 90), ("Far", None))
    )
    (saved,), stored = ranked((Q.LOSSLESS,), offered, Preferences())
    assert saved.indexers == ("Fast", "Slow", "Far")
    _, (again,) = decide_offers(
        stored.album, (Q.LOSSLESS,), stored.offers, Preferences()
    )
    # The best comes first; how the others follow is not kept.
    first, *others = again.indexers
    assert (first, set(others)) == ("Fast", {"Slow", "Far"})
    assert {**again.to_dict(), "indexers": []} == {**saved.to_dict(), "indexers": []}
    assert "secret" not in repr(stored)


async def test_a_run_is_decided_again_as_it_was(world: LightWorld) -> None:
    story = await world.get(c.SLOW_CARTOGRAPHY, Q.HI_RES)
    run_id = story[0].run_id
    stored = await world.app.history.saved_search(run_id)
    _, found = decide_offers(
        stored.album, stored.run.profiles, stored.offers, stored.preferences
    )
    total, saved = await world.app.history.candidates(run_id)
    assert total == len(found) > 1
    assert [one.to_dict() for one in found] == [one.to_dict() for one in saved]
    profile, other = decide_offers(
        stored.album, (Q.LOSSLESS,), stored.offers, Preferences()
    )
    assert profile is Q.LOSSLESS
    assert other[0].release.title != found[0].release.title


async def test_what_is_not_there_is_said(world: LightWorld) -> None:
    with pytest.raises(RunNotFoundError):
        await world.app.history.saved_search("nobody")
    story = await world.get(c.UNHEARD)
    await world.database.write(lambda connection: connection.execute(ALBUMS.delete()))
    with pytest.raises(AlbumNotFoundError):
        await world.app.history.saved_search(story[0].run_id)


async def test_an_event_is_read_as_it_was_written(world: LightWorld) -> None:
    for event in await world.get(c.GLASS_HARBOUR):
        assert AlbumEvent.from_dict(event.as_dict()) == event
        assert summarize(event)


@pytest.mark.parametrize("status", list(S))
def test_an_event_without_what_is_expected_is_told_anyhow(status: S) -> None:
    event = AlbumEvent(
        seq=1,
        event_id="e",
        run_id="r",
        album_id="a",
        quality=Q.ANY,
        status=status,
        at=0.0,
        data={"seconds": "long", "indexers": ["x"]},
    )
    assert summarize(event) == "seconds: long, indexers: ['x']"


async def test_whoever_leaves_a_story_leaves_the_run(world: LightWorld) -> None:
    answer = await world.ask(c.GLASS_HARBOUR)
    async for event in world.app.run_events(answer["run_id"]):
        if event.status is S.SEARCHING:
            break
    story = [event async for event in world.app.run_events(answer["run_id"])]
    assert story[0].status is S.FETCHING_METADATA
    assert story[-1].status is S.DOWNLOADED
    assert {event.run_id for event in story} == {answer["run_id"]}
    again = await world.ask(c.GLASS_HARBOUR)
    other = [event async for event in world.app.run_events(again["run_id"])]
    assert [event.status for event in other][-1] is S.ALREADY_OWNED
    with pytest.raises(RunNotFoundError):
        await anext(world.app.run_events("nobody"))
    # A run whose events are forgotten has none to wait for.
    await world.database.write(lambda c: c.execute(ALBUM_EVENTS.delete()) and None)
    assert [event async for event in world.app.run_events(answer["run_id"])] == []
