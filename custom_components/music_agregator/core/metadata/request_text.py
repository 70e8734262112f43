"""Parse what a user asks for in a text: the album, the artist, the quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
import re

from ..musicbrainz import MBID
from ..quality import QualityProfile as Q
from ..titles import bare_title

_ID = re.compile(
    rf"(?:https?://)?(?:[\w.-]+/release-group/)?({MBID})(?:[/?#]\S*)?", re.IGNORECASE
)
_DASH = re.compile(r"\s+[-\u2013\u2014]\s+")
_BY = re.compile(r"\s+by\s+", re.IGNORECASE)
_YEAR = re.compile(r"[(\[]((?:19|20)\d\d)[)\]]|\bfrom ((?:19|20)\d\d)$", re.IGNORECASE)
_BESIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*|,?\s+from (?:19|20)\d\d$", re.IGNORECASE)
_POLITE = re.compile(r"^please\s+|[\s,]+please$", re.IGNORECASE)
# "The Record by Anybody" is an album's name.
_FRAME = re.compile(
    r"^(?:(?:the|an)\s+)?(?:album|record|lp)(?:\s+called)?"
    r"\s+(?!by\b|[-\u2013\u2014]\s)(?=\S)",
    re.IGNORECASE,
)
# These words are no album's; the others only after a word that says so, or in brackets.
_PLAIN = {
    Q.HI_RES: r"hi(?:gh)?[- ]?res(?:olution)?|24[- ]?bits?",
    Q.LOSSLESS: r"lossless|flac|verlustfrei",
}
_MARKED = {
    Q.LOSSLESS: r"cd(?: quality)?",
    Q.HIGH: r"high(?: quality)?|mp3|320|hohe[rn]? qualität",
    Q.ANY: r"any(?: quality)?|beliebige[rn]? qualität",
}
_IN = r"(?:[\s,]+(?:in|as|als)\s+|\s*,\s*)"
_QUALITIES = tuple(
    (re.compile(pattern, re.IGNORECASE), profile)
    for words, frame in (
        (_PLAIN, r"(?:{_in}|\s+)(?:{words})(?: quality)?$"),
        (_MARKED, r"{_in}(?:{words})$"),
        (_PLAIN, r"\s*[(\[](?:{words})[)\]]$"),
        (_MARKED, r"\s*[(\[](?:{words})[)\]]$"),
    )
    for profile, word in words.items()
    for pattern in (frame.format(_in=_IN, words=word),)
)
# As long as the actions take.
_LONGEST = 300
_MOST_WORDS = 16


class Exactness(IntEnum):
    """How a text gives an album's names: not exactly, without its remarks, or whole."""

    NONE = 0
    BARE = 1
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way to read a text: an album, and an artist if it names one."""

    album: str
    artist: str | None = None
    exactness: Exactness = Exactness.WHOLE


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestText:
    """A parsed text: an album's id or its name, and the wanted quality."""

    text: str
    album_id: str | None = None
    quality: Q | None = None


def parse_request_text(text: str) -> RequestText:
    """Parse a line of a list, or a spoken request.

    Understands "Album by Artist in lossless", "Artist - Album [flac]", and a link to a
    release group of MusicBrainz, or its id.
    """
    whole = " ".join(text[:_LONGEST].split())
    text = _plain(whole.rstrip(".!?")) or whole
    quality = None
    for pattern, profile in _QUALITIES:
        if (found := pattern.search(text)) and found.start():
            text, quality = text[: found.start()].rstrip(" ,-"), profile
            break
    if found := _ID.fullmatch(text):
        return RequestText(text=text, album_id=found[1].lower(), quality=quality)
    return RequestText(text=text, quality=quality)


def _plain(text: str) -> str:
    """Return a text without polite words and "the album"."""
    text = _POLITE.sub("", _POLITE.sub("", text)).strip()
    return _FRAME.sub("", text)


def interpretations(album: str, artist: str | None = None) -> list[Interpretation]:
    """Return the ways to read a text, the likeliest first.

    Without an artist the album may be a whole sentence: what stands on either side of a
    dash or of "by" is tried, and then every way to cut it.
    """
    album = " ".join(album[:_LONGEST].split())
    if artist:
        return _with_plain([Interpretation(album, artist)])
    found: list[Interpretation] = []
    for dash in _DASH.finditer(album):
        left, right = album[: dash.start()], album[dash.end() :]
        found += [Interpretation(right, left), Interpretation(left, right)]
    for by in reversed(list(_BY.finditer(album))):
        found.append(Interpretation(album[: by.start()], album[by.end() :]))
    found.append(Interpretation(album))
    return _with_plain(found)


def splits(album: str) -> list[Interpretation]:
    """Return every way to split a text in two; either part may be the artist."""
    words = _BESIDE.sub(" ", album).split()[:_MOST_WORDS]
    parts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return [
        reading
        for left, right in parts
        for reading in (Interpretation(right, left), Interpretation(left, right))
    ]


def _said(found: Sequence[Interpretation]) -> set[tuple[str, str | None]]:
    return {(one.album, one.artist) for one in found}


def year_of(text: str) -> int | None:
    """Return the year that a text names in brackets, or at its end."""
    found = _YEAR.search(text)
    return int(found[1] or found[2]) if found else None


def _with_plain(found: list[Interpretation]) -> list[Interpretation]:
    """Add each interpretation without brackets, year and the words of an edition."""
    plain = [
        Interpretation(
            album,
            _BESIDE.sub(" ", reading.artist).strip() if reading.artist else None,
            Exactness.BARE,
        )
        for reading in found
        for album in (
            _BESIDE.sub(" ", reading.album).strip(),
            bare_title(reading.album),
        )
    ]
    plain = [one for one in plain if (one.album, one.artist) not in _said(found)]
    every = [one for one in (*found, *plain) if one.album and one.artist != ""]
    return list(dict.fromkeys(every))
