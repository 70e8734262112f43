"""The score of a release: the sum of named parts, each 0 to 1 times its weight."""

from collections.abc import Callable, Mapping
from math import log10

from ..common.format import clock_time, megabytes
from ..model import ScorePart
from ..settings import (
    LAST_PRIORITY,
    USUAL_PRIORITY,
    EditionPreference as Edition,
    WordingPreference,
)
from ..titles.matching import Match
from .case import Case, places_of
from .sizes import bounds

type Details = Mapping[str, str | int | float | None]
type Scorer = Callable[[Case], tuple[float, str, Details]]

_MORE = frozenset({"deluxe", "expanded", "bonus", "anniversary", "limited", "special"})
_AGAIN = frozenset({"remaster", "reissue", "mono", "stereo", "japanese"})
_UNKNOWN_SEEDERS = 2
WORTH = {Match.EXACT: 1.0, Match.PARTIAL: 0.85, Match.SLIP: 0.6, Match.NONE: 0.0}


def _quality(case: Case) -> tuple[float, str, Details]:
    """Score the place in the whole list of profiles; the words tell that in its own."""
    place, last = case.place, places_of(case.profile)
    details: Details = {
        "found": str(case.quality),
        "wanted": case.profile.value,
        "place": (last if place is None else place.position) + 1,
        "places": last,
    }
    if place is None:
        return 0.0, "quality_unfit", details
    every = sum(map(places_of, case.ladder))
    return 1.0 - place.in_ladder / every, "quality", details


def _artist(case: Case) -> tuple[float, str, Details]:
    found = case.parsed.artist or "?"
    code = "artist" if case.artist_match is Match.EXACT else "artist_alike"
    return WORTH[case.artist_match], code, {"found": found, "wanted": case.album.artist}


def _album(case: Case) -> tuple[float, str, Details]:
    if case.parsed.is_discography:
        return _PACK * len(case.ladder), "album_pack", {}
    if case.matcher.is_vague(case.parsed):
        return 0.7, "album_vague", {"wanted": case.album.title}
    code = "album" if case.title_match is Match.EXACT else "album_alike"
    found = case.parsed.album or "?"
    return WORTH[case.title_match], code, {"found": found, "wanted": case.album.title}


def _edition(case: Case) -> tuple[float, str, Details]:
    """Compare the markers with the preferred edition, and with the known editions."""
    markers = case.parsed.edition & (_MORE | _AGAIN)
    preferred = case.preferences.edition
    is_more, is_again = bool(markers & _MORE), bool(markers)
    year = case.parsed.year
    is_later = year is not None and year != case.album.year
    if preferred is Edition.ANY:
        value = 1.0
    elif preferred is Edition.MOST_COMPLETE:
        value = 1.0 if is_more else 0.8 if is_later and case.has_larger_edition else 0.2
    else:
        value = 0.2 if is_more else 0.6 if is_again or is_later else 1.0
    code = "edition" if markers else "edition_later" if is_later else "edition_unsaid"
    return (
        value,
        code,
        {
            "found": ", ".join(sorted(markers)),
            "year": year,
            "wanted": preferred.value,
        },
    )


def _year(case: Case) -> tuple[float, str, Details]:
    found = case.parsed.year
    if found is None:
        return 0.5, "year_unknown", {}
    is_known = found in case.matcher.years
    code = "year" if is_known else "year_strange"
    return float(is_known), code, {"found": found}


def _size(case: Case) -> tuple[float, str, Details]:
    size, length, rate = case.release.size_bytes, case.durations, case.kbps
    if not size or length is None or rate is None:
        return 0.5, "size_unknown", {}
    least, most = bounds(case.quality)
    fits = least <= rate <= most
    details: Details = {
        "size": megabytes(size),
        "kbps": rate,
        "length": clock_time(length.usual),
        "least": least,
        "most": most,
    }
    code = "size" if length.is_known else "size_estimated"
    return (1.0 if fits else 0.0), code if fits else f"{code}_strange", details


def _seeders(case: Case) -> tuple[float, str, Details]:
    """Score seeders by powers of ten up to a thousand; unknown counts as a few."""
    seeders = case.release.seeders
    known = _UNKNOWN_SEEDERS if seeders is None else seeders
    value = min(log10(1 + known) / 3, 1.0)
    if seeders is None:
        return value, "seeders_unknown", {}
    return value, "seeders", {"found": seeders}


def _wording(case: Case) -> tuple[float, str, Details]:
    preferred = case.preferences.wording
    said = case.parsed.edition & {"explicit", "clean"}
    details = {"found": ", ".join(sorted(said)), "wanted": preferred.value}
    if preferred is WordingPreference.ANY:
        return 1.0, "wording_any", {}
    if not said:
        return 0.5, "wording_unsaid", details
    return float(preferred.value in said), "wording", details


def _free_leech(case: Case) -> tuple[float, str, Details]:
    factor = case.release.download_volume_factor
    if factor is None:
        return 0.0, "free_leech_unknown", {}
    return max(1.0 - factor, 0.0), "free_leech", {"percent": round(factor * 100)}


def _indexer(case: Case) -> tuple[float, str, Details]:
    name = case.release.indexer
    priority = case.preferences.indexer_priorities.get(name, USUAL_PRIORITY)
    value = 1.0 - (min(max(priority, 1), LAST_PRIORITY) - 1) / (LAST_PRIORITY - 1)
    return value, "indexer", {"indexer": name, "priority": priority}


# Low enough that a pack comes after every torrent of the album alone, for each profile.
_PACK = -40.0

# One place in the profile weighs more than all the rest together: the profile's order is
# promised, the rest decides between equals.
_WEIGHTS: tuple[tuple[str, float, Scorer], ...] = (
    ("quality", 1_000.0, _quality),
    ("album", 30.0, _album),
    ("artist", 20.0, _artist),
    ("edition", 30.0, _edition),
    ("seeders", 30.0, _seeders),
    ("size", 20.0, _size),
    ("year", 10.0, _year),
    ("wording", 5.0, _wording),
    ("indexer", 5.0, _indexer),
    ("free_leech", 5.0, _free_leech),
)


def score(case: Case) -> tuple[ScorePart, ...]:
    """Return the parts of a release's score: a longer list weighs its places alike."""
    parts = []
    for name, usual, scorer in _WEIGHTS:
        value, code, details = scorer(case)
        weight = usual * len(case.ladder) if scorer is _quality else usual
        parts.append(ScorePart(name, round(value, 4), weight, f"score_{code}", details))
    return tuple(parts)
