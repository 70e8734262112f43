"""Parse a release title: find where its name ends, and what the rest says.

`lexicon` and `measures` hold the words and their meanings, `tokens` the lexer, `layouts`
the usual orders of a title. What a title does not say is None, never guessed.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
import re

from ..quality import Quality
from .cleaning import clean, is_junk, is_noise
from .directed import find_names
from .facts import Facts
from .groups import is_technical, split
from .layouts import Layout
from .lexicon import meaning
from .names import is_by_various
from .pieces import DashSpacing
from .tokens import tokenize
from .wanted import WantedNames


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


@lru_cache(maxsize=4096)
def parse_title(title: str) -> ParsedTitle:
    """Parse a release title without knowing what is wanted. Pure, never raises.

    `quality` holds only what is written; `album` is None for a discography, and both
    names are None when the title does not separate them.
    """
    text = clean(title)
    is_unspaced = " " not in title.strip() and ".-." not in title
    layout = _laid_out(text, is_unspaced=is_unspaced)
    # One hyphen and nothing of a release may be anything.
    is_bare = is_unspaced and layout.facts.are_none and not is_by_various(layout.artist)
    return _parsed(layout, is_junk=is_bare or is_junk(text))


def parse_title_for(title: str, wanted: WantedNames) -> ParsedTitle:
    """Parse a release title for a wanted album. Pure, never raises.

    Where the title is one of the album, `artist` and `album` are the wanted names; else
    it is read as by `parse_title`.
    """
    blind = parse_title(title)
    is_named = wanted.are(blind.artist, blind.album)
    # Only the performers tell the recordings of a composition apart.
    if is_named and not wanted.performing:
        return blind
    if not wanted.may_be_in(title):
        return blind
    text = clean(title)
    found = find_names(
        text,
        wanted,
        is_scene=" " not in title.strip() or text.rsplit(" ", 1)[-1].count("-") > 1,
        is_pack=blind.is_discography,
    )
    if found is None:
        return replace(blind, artist=None, album=None) if is_named else blind
    return _with_facts(
        found.artist,
        found.album,
        found.facts,
        year=found.facts.get("year"),
        group=blind.group,
    )


_SELF_TITLED = frozenset({"s/t", "self titled", "self-titled", "selftitled"})
_TAIL = re.compile(r"-([A-Za-z][A-Za-z0-9]{1,19})$")
# Two names of words with one hyphen between them, then brackets.
_GLUED_NAMES = re.compile(
    r"^([^-()\[\]{}]+ [^-()\[\]{} ]+)(?<!\d)-([^-()\[\]{} ][^-()\[\]{}]*[(\[{].*)$"
)

# The same where dots were blanks: `Ferro.Mere-Slow.Cartography.1987.FLAC`.
_UNSPACED_NAMES = re.compile(r"^([^-]+ [^- ]+)(?<!\d)-([^- ][^-]*)$")


def _laid_out(text: str, *, is_unspaced: bool) -> Layout:
    """Read a title by the dashes that it has: free ones, hyphens, or hardly any."""
    named, group = _without_group(text)
    items = tokenize(named)
    parts = split(items, DashSpacing.BOTH)
    is_loose = len(parts) > 1 and not is_unspaced
    if (text.rsplit(" ", 1)[-1] if is_loose else text).count("-") > 1:
        hyphened = split(tokenize(text, hyphened=True), DashSpacing.NONE)
        if len(hyphened) > 2 and any(map(is_technical, hyphened[1:])):
            layout = Layout(text)
            layout.read_scene(hyphened)
            return layout
    if len(parts) < 2:
        glued = _UNSPACED_NAMES if is_unspaced else _GLUED_NAMES
        separated = glued.sub(r"\1 - \2", named)
        parts = split(
            items if separated == named else tokenize(separated), DashSpacing.SOME
        )
        named = separated
    layout = Layout(named, group)
    layout.read(parts)
    return layout


def _without_group(text: str) -> tuple[str, str | None]:
    """Split `[FLAC]-GRP` and `WEB-GRP`: a group follows what is no name."""
    tail = _TAIL.search(text)
    if tail is None:
        return text, None
    before = text[: tail.start()]
    is_behind = before.endswith((")", "]", "}")) or bool(
        meaning(before.rsplit(" ", 1)[-1])
    )
    is_behind = is_behind and meaning(tail[1]) is None
    return (before, tail[1]) if is_behind else (text, None)


def _parsed(layout: Layout, *, is_junk: bool) -> ParsedTitle:
    artist, album, facts = layout.artist, layout.album, layout.facts
    if layout.is_discography:
        album = ""
    elif is_junk or not album or not artist or is_noise(artist) or is_noise(album):
        artist = album = ""
        facts = layout.every_fact()
    elif album.lower() in _SELF_TITLED:
        album = artist
    return _with_facts(
        artist or None,
        album or None,
        facts,
        year=layout.year
        or (None if artist or layout.is_discography else facts.get("year")),
        group=layout.group,
        is_discography=layout.is_discography,
    )


def _with_facts(
    artist: str | None,
    album: str | None,
    facts: Facts,
    *,
    year: int | None,
    group: str | None,
    is_discography: bool = False,
) -> ParsedTitle:
    return ParsedTitle(
        artist=artist,
        album=album,
        year=year,
        quality=facts.quality(),
        source=facts.get("source"),
        group=group,
        is_discography=is_discography,
        edition=frozenset(facts.edition),
    )
