"""Parse a release title: find where its name ends, and what the rest says.

`lexicon` and `measures` hold the words and their meanings, `tokens` the lexer, `layouts`
the usual orders of a title. What a title does not say is None, never guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
import re

from ..quality import Quality
from .cleaning import clean, is_noise
from .facts import Facts
from .groups import is_bare_edition, is_edition, is_technical, name_of, split
from .known import Found, find_names
from .layouts import Layout
from .lexicon import meaning
from .names import same_as_any, squashed
from .pieces import DashSpacing, Group
from .tokens import pieces_of, tokenize


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
    return _parsed(_laid_out(clean(title), is_unspaced=" " not in title.strip()))


def parse_title_for(
    title: str, *, artists: Collection[str], albums: Collection[str]
) -> ParsedTitle:
    """Parse a release title for wanted names. Pure, never raises.

    Where `parse_title` finds other names or none, the title is searched for one of each;
    `artist` and `album` are the title's own spelling of them.
    """
    blind = parse_title(title)
    has_artist = same_as_any(blind.artist, artists)
    if has_artist and same_as_any(blind.album, albums):
        return blind
    found = find_names(clean(title), artists, albums)
    if found is None or _says_more(blind, found):
        return blind
    return _with_facts(
        found.artist,
        found.album,
        found.facts,
        year=found.facts.get("year"),
        group=blind.group,
    )


def _says_more(blind: ParsedTitle, found: Found) -> bool:
    """Return whether a blind reading has words that the found names leave out.

    Then it is right: "Chicago - Chicago 16" is not "Chicago" by Chicago.
    """
    if blind.artist is None or blind.album is None:
        return False
    names = sorted((squashed(found.artist), squashed(found.album)))
    words = squashed(blind.artist) + squashed(bare_title(blind.album))
    return words not in {"".join(names), "".join(reversed(names))}


def bare_title(title: str) -> str:
    """Return an album's title without the words of an edition.

    "Slow Cartography: Deluxe Edition" is "Slow Cartography"; what would be
    another work ("Live at ...", "The Remixes") keeps its name.
    """
    text = clean(title)
    kept = [
        piece
        for piece in pieces_of(text)
        if not (isinstance(piece, Group) and is_bare_edition(piece))
    ]
    place = end = len(kept)
    while place > 1:
        place -= 1
        if is_bare_edition(kept[place]):
            end = place
        elif not is_edition(kept[place : place + 1]):
            break
    return name_of(text, kept[:end]) or text


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
    is_behind = before.endswith((")", "]", "}")) or meaning(before.rsplit(" ", 1)[-1])
    return (before, tail[1]) if is_behind else (text, None)


def _parsed(layout: Layout) -> ParsedTitle:
    artist, album, facts = layout.artist, layout.album, layout.facts
    if layout.is_discography:
        album = ""
    elif not album or not artist or is_noise(artist) or is_noise(album):
        artist = album = ""
    elif album.lower() in _SELF_TITLED:
        album = artist
    return _with_facts(
        artist or None,
        album or None,
        facts,
        year=layout.year,
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
