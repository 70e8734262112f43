"""The rules that reject a release, each with its reason and its numbers.

Which qualities a profile accepts is in `quality.py`.
"""

from collections.abc import Callable
import re

from ..common.format import clock_time, megabytes
from ..model import Reason
from ..quality import HI_RES_BITS, QualityProfile
from ..titles.matching import Match
from ..titles.names import plain_words
from .case import Case
from .sizes import bounds, kbps

# Categories from here on are an indexer's own.
_OWN_CATEGORIES = 100_000

type Rule = Callable[[Case], Reason | None]


def _pack(case: Case) -> Reason | None:
    if not case.parsed.is_discography or case.preferences.allow_packs:
        return None
    return Reason(code="pack")


def _unreadable(case: Case) -> Reason | None:
    parsed = case.parsed
    if parsed.is_discography or (parsed.artist and parsed.album):
        return None
    return Reason(code="unreadable_title")


def _wrong_artist(case: Case) -> Reason | None:
    if case.artist_match:
        return None
    found = case.parsed.artist or ""
    return Reason(
        code="wrong_artist", details={"wanted": case.album.artist, "found": found}
    )


def _wrong_album(case: Case) -> Reason | None:
    is_slip = case.title_match is Match.SLIP
    is_doubtful = case.artist_match is Match.SLIP or case.is_of_other_year
    if case.title_match and not (is_slip and is_doubtful):
        return None
    found = case.parsed.album or ""
    return Reason(
        code="wrong_album", details={"wanted": case.album.title, "found": found}
    )


def _other_work(case: Case) -> Reason | None:
    # What is no album of that name is nothing that is made of it, either.
    is_named = case.artist_match and case.title_match
    title = case.release.title if is_named else ""
    marker = case.matcher.other_work(case.parsed, title)
    return Reason(code="other_work", details={"marker": marker}) if marker else None


def _wrong_year(case: Case) -> Reason | None:
    """Reject what came out before the album; a year of difference is allowed.

    Bands name several albums after themselves, some years apart: there the year counts.
    """
    first, found = case.album.year, case.parsed.year
    if not first or not found:
        return None
    # Of a concert a title may tell when it was given.
    is_played = "live" in case.matcher.kinds | case.parsed.edition
    is_early = not is_played and found < min(case.matcher.years) - 1
    if not is_early and not case.matcher.is_of_namesake(case.parsed):
        return None
    return Reason(code="wrong_year", details={"wanted": first, "found": found})


def _wrong_quality(case: Case) -> Reason | None:
    if case.place is not None:
        return None
    quality = case.quality
    wants_bits = case.profile is QualityProfile.HI_RES and quality.is_lossless
    if wants_bits and quality.bit_depth:
        return Reason(
            code="too_few_bits",
            details={"wanted": HI_RES_BITS, "found": quality.bit_depth},
        )
    return Reason(
        code="unknown_quality" if quality.codec is None else "wrong_quality",
        details={"wanted": case.profile.value, "found": str(quality)},
    )


def _wrong_size(case: Case) -> Reason | None:
    """Reject what is too small or too large for the album, where its length is known."""
    size, length = case.release.size_bytes, case.durations
    if not size or length is None or not length.is_known:
        return None
    if case.parsed.is_discography:
        return None
    least, most = bounds(case.quality)
    low, high = kbps(size, length.longest), kbps(size, length.shortest)
    if high >= least and low <= most:
        return None
    is_small = high < least
    return Reason(
        code="too_small" if is_small else "too_large",
        details={
            "size": megabytes(size),
            "kbps": high if is_small else low,
            "length": clock_time(length.shortest if is_small else length.longest),
            "quality": str(case.quality),
            "limit": least if is_small else most,
        },
    )


def _size_limit(case: Case) -> Reason | None:
    """Reject what is outside the user's limits; unknown sizes pass."""
    size, preferences = case.release.size_bytes, case.preferences
    # Of a pack only the album's files count, and they are not known yet.
    if not size or case.parsed.is_discography:
        return None
    least, most = preferences.minimum_bytes, preferences.maximum_bytes
    for code, limit, is_outside in (
        ("below_minimum_size", least, size < (least or 0)),
        ("above_maximum_size", most, size > (most or size)),
    ):
        if limit and is_outside:
            details = {"size": megabytes(size), "limit": megabytes(limit)}
            return Reason(code=code, details=details)
    return None


def _too_few_seeders(case: Case) -> Reason | None:
    seeders = case.release.seeders
    if seeders is None or seeders >= case.preferences.minimum_seeders:
        return None
    return Reason(
        code="too_few_seeders",
        permanent=False,
        details={"wanted": case.preferences.minimum_seeders, "found": seeders},
    )


_NO_MUSIC = re.compile(
    r"\b(?:2160p|1080[pi]|720p|480p|[xh]\.?26[45]|hevc|xvid|divx|hdtv|remux|mkv|avi|dvd[59]"
    r"|audio\s?books?|e-?books?|h(?:ö|oe)rb(?:u|ü|ue)ch|аудиокнига|audiolibro|music\s?video|podcast"
    r"|pdf|epub|mobi|songbook|sheet music|guitar tabs?|multitracks?|stems)\b",
    re.IGNORECASE,
)


def _no_music(case: Case) -> Reason | None:
    """Reject films and books, by their words and their categories."""
    if found := _NO_MUSIC.search(case.release.title):
        return Reason(code="no_music", details={"word": found[0]})
    standard = [c for c in case.release.categories if c < _OWN_CATEGORIES]
    if not standard or any(3000 <= category < 4000 for category in standard):
        return None
    return Reason(code="no_music", details={"word": str(standard[0])})


def _required_word(case: Case) -> Reason | None:
    words = case.preferences.required_words
    if not words or any(plain_words(word) in case.words for word in words):
        return None
    return Reason(code="required_word", details={"words": ", ".join(words)})


def _ignored_word(case: Case) -> Reason | None:
    for word in case.preferences.ignored_words:
        if plain_words(word) in case.words:
            return Reason(code="ignored_word", details={"word": word})
    return None


def _blocked(case: Case) -> Reason | None:
    return Reason(code="blocked") if case.is_blocked else None


def _no_link(case: Case) -> Reason | None:
    return None if case.has_link else Reason(code="no_link")


RULES: tuple[Rule, ...] = (
    _no_music,
    _pack,
    _unreadable,
    _wrong_artist,
    _wrong_album,
    _other_work,
    _wrong_year,
    _wrong_quality,
    _wrong_size,
    _size_limit,
    _required_word,
    _ignored_word,
    _blocked,
    _too_few_seeders,
    _no_link,
)
