"""Find the names of a wanted album in a title: whatever else it says has to be a remark.

What stands in brackets, or apart from a name, is a remark until it is known to be a name;
what stands right beside a name is a part of it until it is known to be none.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
import re
from typing import NamedTuple

from .facts import Facts
from .lexicon import is_of_many, meaning
from .names import CJK, squashed
from .pieces import Dash
from .reading import ALBUM, ARTIST, OTHER, Reading
from .remarks import are_remarks
from .tokens import tokenize
from .wanted import SIDE_REMARK, WantedNames

_CHUNK = re.compile(
    rf"[{CJK}]+|[^\W_{CJK}]+(?:['\u2019!][^\W_{CJK}]+)*|[÷×=+&%@$∞<]+|(?<!\w)!+|№"
)
_GLUED = re.compile(r"[A-Za-z]+")
# A name that stands in more places is none: `U - U - U - U`.
_MOST_PLACES = 4


class Found(NamedTuple):
    """The wanted names that a title bears, and what the rest of it says."""

    artist: str
    album: str
    facts: Facts


class _Span(NamedTuple):
    start: int
    end: int
    name: str

    def is_apart(self, other: "_Span") -> bool:
        """Return whether two spans share no letter."""
        return self.end <= other.start or other.end <= self.start

    def is_in(self, other: "_Span") -> bool:
        """Return whether a span is a part of another, and not all of it."""
        return not self.is_apart(other) and self[:2] != other[:2]


def find_names(
    text: str, wanted: WantedNames, *, is_scene: bool = False, is_pack: bool = False
) -> Found | None:
    """Return the wanted names if a cleaned title is one of the wanted album.

    Names may stand anywhere, in any order and in several scripts; None if what stands
    beside them may be the rest of another name. `is_scene`: hyphens part its words;
    `is_pack`: it may be of many albums.
    """
    if found := _find(text, wanted, is_scene, is_pack):
        return found
    without = SIDE_REMARK.sub("", text)
    return _find(without, wanted, is_scene, is_pack) if without != text else None


def _find(
    text: str, wanted: WantedNames, is_scene: bool, is_pack: bool
) -> Found | None:
    chunks = [
        (m.start(), m.end(), _letters(m[0], wanted)) for m in _CHUNK.finditer(text)
    ]
    letters = "".join(chunk[2] for chunk in chunks)
    if not any(title in letters for title in wanted.by_title):
        return None
    titles = sorted(
        islice(_spans(chunks, wanted.by_title), 3 * _MOST_PLACES),
        key=lambda span: (span.start - span.end, span.start),
    )
    if not titles:
        return None
    artists = sorted(
        islice(_spans(chunks, wanted.by_artist), 3 * _MOST_PLACES),
        key=lambda span: (span.start - span.end, span.start),
    )
    for album in titles[:_MOST_PLACES]:
        if _is_cut(text, album):
            continue
        masked, names = _masked(text, album, titles, artists)
        if is_pack and is_of_many(masked):
            continue
        items = tokenize(masked, hyphened=is_scene)
        within = [a.name for a in artists if a.is_in(album)]
        reading = Reading(
            wanted=wanted,
            own=text[album.start : album.end],
            text=masked,
            is_scene=is_scene,
            has_artist=bool(within),
            has_passed_artist=bool(within),
        )
        if are_remarks(items, reading):
            reading.facts.take_year([i for i in items if not isinstance(i, Dash)])
            artist = next(iter(names or within), "Various Artists")
            return Found(artist, album.name, reading.facts)
    return None


def _letters(chunk: str, wanted: WantedNames) -> str:
    """Return a chunk's letters; a plus is a word of its own only where it is a name."""
    if chunk == "+" and "plus" not in wanted.by_title:
        return "and"
    return squashed(chunk)


def _is_cut(text: str, span: _Span) -> bool:
    """Return whether a name of unspaced letters goes on in Latin ones: `范特西PLUS`."""
    behind = _GLUED.match(text, span.end)
    return behind is not None and meaning(behind[0]) is None


def _masked(
    text: str, album: _Span, titles: list[_Span], artists: list[_Span]
) -> tuple[str, list[str]]:
    """Return a text with a sign for each name in it, and the artists' names."""
    spans = [(album, ALBUM)]
    for others, mask in ((artists, ARTIST), (titles, OTHER)):
        for span in others:
            if all(span.is_apart(taken) for taken, _ in spans):
                spans.append((span, mask))
    masked, place = "", 0
    for span, mask in sorted(spans):
        masked += f"{text[place : span.start]} {mask} "
        place = span.end
    return masked + text[place:], [span.name for span, mask in spans if mask == ARTIST]


def _spans(
    chunks: list[tuple[int, int, str]], names: Mapping[str, str]
) -> Iterator[_Span]:
    """Yield where names stand, at the borders of words, however they are spelt."""
    everything = "".join(chunk[2] for chunk in chunks)
    present = {name for name in names if name in everything}
    if not present:
        return
    longest = max(map(len, present))
    for first, (start, _, _) in enumerate(chunks):
        so_far = ""
        for _, end, letters in chunks[first:]:
            so_far += letters
            if len(so_far) > longest:
                break
            if so_far in present:
                yield _Span(start, end, names[so_far])
