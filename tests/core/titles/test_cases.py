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
