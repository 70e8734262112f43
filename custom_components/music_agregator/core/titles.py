"""A release title -> ParsedTitle: tokens, and a table of what they mean.

What is not said is None, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import html
import re
from typing import Any

from .quality import Codec, Quality

TITLE_LIMIT = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedTitle:
    """What a release title says."""

    artist: str | None = None
    album: str | None = None
    year: int | None = None
    quality: Quality = field(default_factory=Quality)
    source: str | None = None
    group: str | None = None
    is_discography: bool = False
    edition: frozenset[str] = frozenset()


type _Facts = Mapping[str, Any]

_CODECS = {
    "flac": Codec.FLAC,
    "webflac": Codec.FLAC,
    "alac": Codec.ALAC,
    "ape": Codec.APE,
    "wavpack": Codec.WAVPACK,
    "wv": Codec.WAVPACK,
    "wav": Codec.WAV,
    "pcm": Codec.WAV,
    "dsd": Codec.DSD,
    "dsd64": Codec.DSD,
    "dsd128": Codec.DSD,
    "dsf": Codec.DSD,
    "dff": Codec.DSD,
    "mp3": Codec.MP3,
    "aac": Codec.AAC,
    "m4a": Codec.AAC,
    "ogg": Codec.VORBIS,
    "vorbis": Codec.VORBIS,
    "opus": Codec.OPUS,
    "wma": Codec.WMA,
}
_SOURCES = {
    "cd": "cd",
    "cdrip": "cd",
    "web": "web",
    "webrip": "web",
    "vinyl": "vinyl",
    "lp": "vinyl",
    "sacd": "sacd",
    "cassette": "cassette",
    "tape": "cassette",
    "dvd": "dvd",
    "bluray": "blu_ray",
    "blu-ray": "blu_ray",
    "radio": "radio",
    "fm": "radio",
}
_EDITIONS = {
    "deluxe": "deluxe",
    "remaster": "remaster",
    "remastered": "remaster",
    "live": "live",
    "single": "single",
    "ep": "ep",
    "bootleg": "bootleg",
    "anniversary": "anniversary",
    "expanded": "expanded",
    "bonus": "bonus",
    "karaoke": "karaoke",
    "tribute": "tribute",
    "instrumental": "instrumental",
    "ost": "soundtrack",
    "soundtrack": "soundtrack",
}
# Words that go with the others and say nothing that is kept.
_FILLERS = frozenset(
    (
        "lossless lossy log cue scans proper repack hi-res hires kbps khz bit edition"
        " version tracks stereo eac cbr vbr rip album"
    ).split()
)
_RATES = {"44": 44_100, "88": 88_200, "176": 176_400}

_PATTERNS: tuple[tuple[re.Pattern[str], Any], ...] = (
    (
        re.compile(r"(16|24|32)(?:-?bits?)?[-/](44|48|88|96|176|192)(?:\.\d)?(?:khz)?"),
        lambda m: {"bit_depth": int(m[1]), "sample_rate_hz": _hertz(m[2])},
    ),
    (
        re.compile(r"(?:(flac)-?)?(16|24|32)-?bits?"),
        lambda m: {"bit_depth": int(m[2])} | ({"codec": Codec.FLAC} if m[1] else {}),
    ),
    (
        re.compile(r"flac-?(16|24)"),
        lambda m: {"codec": Codec.FLAC, "bit_depth": int(m[1])},
    ),
    (
        re.compile(r"(44|48|88|96|176|192)(?:\.\d)?khz"),
        lambda m: {"sample_rate_hz": _hertz(m[1])},
    ),
    (
        re.compile(r"(?:(mp3|aac)-?)?(96|128|160|192|224|256|320)(?:kbps|kbit|k)?"),
        lambda m: (
            {"bitrate_kbps": int(m[2])} | ({"codec": _CODECS[m[1]]} if m[1] else {})
        ),
    ),
    (
        re.compile(r"(?:mp3-?)?(v[02])"),
        lambda m: {"vbr": m[1], "codec": Codec.MP3},
    ),
    (re.compile(r"19[2-9]\d|20[0-4]\d"), lambda m: {"year": int(m[0])}),
    (re.compile(r"\d{1,2}(?:cd|lp)s?"), lambda m: {}),
)
# What shows that a stretch of words is about the file, and not about the music.
_STRONG = frozenset({"codec", "bit_depth", "vbr"})

_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|【([^【】]*)】")
_DISCOGRAPHY = re.compile(
    r"\bdiscography\b|\bcomplete (?:albums|works)\b", re.IGNORECASE
)
_DASH = re.compile(r"\s+[-\u2010-\u2015]\s+|\s*[\u2013\u2014]\s*")
_EDGES = " -_.,\u2010\u2011\u2012\u2013\u2014"


def parse_title(title: str) -> ParsedTitle:
    """Read a release title: pure and blind, and never raises.

    `quality` holds only what is written; `album` is None for a discography, and both
    names are None when the title does not tell one from the other.
    """
    text = html.unescape(title[:TITLE_LIMIT]).strip()
    if not _DASH.search(text) and text.count("-") >= 3:
        return _scene(text)
    facts: dict[str, Any] = {}

    def bracket(match: re.Match[str]) -> str:
        inner = next(part for part in match.groups() if part is not None)
        found = [_meaning(word) for word in _words(inner)]
        known = [facts_ for facts_ in found if facts_ is not None]
        if len(known) == len(found) or any(_STRONG & set(k) for k in known):
            _merge(facts, known)
            return " "
        return match[0]

    name, trailing = _trailing(_BRACKETED.sub(bracket, text))
    _merge(facts, trailing)
    parts = [part.strip(_EDGES) for part in _DASH.split(name)]
    parts = [part for part in parts if part]
    for part in parts:
        if len(parts) > 2 and (year := (_meaning(part) or {}).get("year")):
            facts.setdefault("year", year)
            parts.remove(part)
            break
    if len(parts) < 2:
        return _parsed(text, facts, None, None)
    return _parsed(text, facts, parts[0], " - ".join(parts[1:]))


def _scene(text: str) -> ParsedTitle:
    """Read `Artist-Album-WEB-FLAC-2019-GRP`."""
    *words, group = text.replace("_", " ").split("-")
    facts: dict[str, Any] = {}
    end = next(
        (
            place
            for place, word in enumerate(words)
            if place >= 2 and _meaning(word.strip("()[]")) is not None
        ),
        len(words),
    )
    known = [_meaning(w) for word in words[end:] for w in _words(word)]
    _merge(facts, [found for found in known if found is not None])
    if end == len(words) and not facts:
        return _parsed(text, facts, None, None)
    return _parsed(text, facts, words[0], "-".join(words[1:end]), group=group)


def _trailing(text: str) -> tuple[str, list[_Facts]]:
    """Split the technical words from the end of a name, if they are technical."""
    words = text.split()
    found: list[_Facts] = []
    end = len(words)
    while end > 1:
        meaning = _meaning(words[end - 1].strip(_EDGES + "()[]"))
        before_is_dash = bool(_DASH.fullmatch(f" {words[end - 2]} "))
        if meaning is None or "edition" in meaning or before_is_dash:
            break
        found.append(meaning)
        end -= 1
    if not any(_STRONG & set(facts) for facts in found):
        return text, []
    return " ".join(words[:end]), found


def _words(text: str) -> list[str]:
    """Split what stands in brackets; `EAC-FLAC` is two words, `24-96` is one."""
    words: list[str] = []
    for word in re.split(r"[\s,;|_+]+", text):
        parts = [word] if _meaning(word) is not None else re.split(r"[-/]", word)
        words.extend(part for part in parts if part)
    return words


def _meaning(word: str) -> _Facts | None:
    """Return what a word says about a release; None for a word of its name."""
    word = word.lower().strip(".,'\"")
    for name, table in (
        ("codec", _CODECS),
        ("source", _SOURCES),
        ("edition", _EDITIONS),
    ):
        if word in table:
            return {name: table[word]}
    if word in _FILLERS:
        return {}
    for pattern, facts in _PATTERNS:
        if match := pattern.fullmatch(word):
            said: _Facts = facts(match)
            return said
    return None


def _merge(facts: dict[str, Any], found: list[_Facts]) -> None:
    """Add facts; what was said first stays, markers of editions gather."""
    for said in found:
        for name, value in said.items():
            if name == "edition":
                facts["edition"] = facts.get("edition", frozenset()) | {value}
            else:
                facts.setdefault(name, value)


def _hertz(kilohertz: str) -> int:
    return _RATES.get(kilohertz, int(kilohertz) * 1000)


def _parsed(
    text: str,
    facts: Mapping[str, Any],
    artist: str | None,
    album: str | None,
    *,
    group: str | None = None,
) -> ParsedTitle:
    is_discography = bool(_DISCOGRAPHY.search(text))
    names = ("codec", "bit_depth", "sample_rate_hz", "bitrate_kbps", "vbr")
    return ParsedTitle(
        artist=artist or None,
        album=None if is_discography else album or None,
        year=facts.get("year"),
        quality=Quality(**{name: facts.get(name) for name in names}),
        source=facts.get("source"),
        group=group,
        is_discography=is_discography,
        edition=facts.get("edition", frozenset()),
    )
