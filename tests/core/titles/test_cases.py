"""Titles as indexers show them: how they are read, and which albums they are taken for."""

from pathlib import Path

import pytest

from custom_components.music_agregator.core.decision import decide
from custom_components.music_agregator.core.model import Release
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.titles.wanted import wanted_names

from .title_cases import ASPECTS, TitleCase, read_cases

CASES = Path(__file__).parent / "cases"
FAMILIES: dict[str, list[TitleCase]] = {}
for one in read_cases(CASES / "titles.tsv"):
    FAMILIES.setdefault(one.family, []).append(one)
HELD_BACK = list(read_cases(CASES / "held_back.tsv"))

# What has to be right of real titles, labeled by people who had not read the parser.
SHARES = {"names": 0.95, "quality": 0.99, "year": 0.97, "source": 0.97}
ACCEPTED, NEAR_MISSES_ACCEPTED = 0.93, 1


def faults(case: TitleCase) -> list[object]:
    """What is read wrong, and whether it is decided wrong."""
    found: list[object] = [wrong for a in ASPECTS if (wrong := case.wrong(a))]
    if case.is_decided and bool(reasons := case.reasons()) is not case.is_near_miss:
        found.append(reasons or "accepted")
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_every_line_is_right(family: str) -> None:
    wrong = {case.title: found for case in FAMILIES[family] if (found := faults(case))}
    assert not wrong


def test_the_cases_are_whole() -> None:
    assert sum(map(len, FAMILIES.values())) == 315


@pytest.mark.parametrize("aspect", SHARES)
def test_real_titles_are_read(aspect: str) -> None:
    judged = [wrong for one in HELD_BACK if (wrong := one.wrong(aspect)) is not None]
    assert sum(not wrong for wrong in judged) >= SHARES[aspect] * len(judged) > 200


def test_real_titles_are_decided() -> None:
    decided = [one for one in HELD_BACK if one.is_decided]
    right = [not one.reasons() for one in decided if not one.is_near_miss]
    near_misses = [not one.reasons() for one in decided if one.is_near_miss]
    assert sum(right) >= ACCEPTED * len(right) > 180
    assert sum(near_misses) <= NEAR_MISSES_ACCEPTED < len(near_misses) / 50


@pytest.mark.long
def test_no_title_is_taken_for_another_album() -> None:
    """Every title beside every wanted album that it is not a case of.

    Of a composition one title may name the composer, and another the performer.
    """
    cases = [case for family in FAMILIES.values() for case in family if case.is_decided]
    names = {case.title: set[str]() for case in cases}
    wanted = {case.album(): wanted_names(case.album()) for case in cases}
    for case in cases:
        names[case.title] |= set(wanted[case.album()].by_title)
    for album, known in wanted.items():
        others = [
            Release(guid=title, title=title, size_bytes=n, seeders=9, download_url="x")
            for n, (title, own) in enumerate(names.items(), 1)
            if not any(a in b or b in a for a in own for b in known.by_title)
        ]
        taken = [c for c in decide(album, QualityProfile.ANY, others) if c.accepted]
        assert [candidate.release.title for candidate in taken] == []
