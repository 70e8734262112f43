"""Titles with names in quotes: `Artist "Album"`, `Artist「Album」`, `TVアニメ『Show』...`."""

import re
from typing import NamedTuple

from .groups import Part, is_year, name_of
from .meanings import EDITION, FILLER
from .pieces import QUOTES, ROUND, Group, Piece, Word

_OPENING, _CLOSING = '"\u201c\u201e\u00ab', '"\u201d\u201c\u00bb'
_OR = "又名"
# What says which part in a film, a series or a game a song has.
_TIED = re.compile(
    r"(?:tv|op|ed|cm|web|best|selection|album|mini|maxi|new|debut|full|concept|tour|first|メジャー)|.*(?:アニメ|テーマ|主題歌|主题曲|挿入歌|ゲーム|劇場版|映画|ドラマ|電影|电影)"
    r"|\d{1,2}(?:st|nd|rd|th)|第.+|首张.*|同名.*",
    re.IGNORECASE,
)


class Quoted(NamedTuple):
    """The names of a title without a dash; the artist is empty if it names none."""

    artist: str
    album: str
    rest: list[Piece]


def read_quoted(text: str, part: Part) -> Quoted | None:
    """Return the names of a part that quotes its album, None if it quotes none.

    The last name in quotes is the album's; what is quoted before is what it belongs to.
    """
    places = [
        place
        for place, piece in enumerate(part)
        if isinstance(piece, Group) and piece.bracket in QUOTES
    ]
    if not places:
        return _in_marks(text, part)
    if len(places) > 1 and _OR in text[part[places[-2]].end : part[places[-1]].start]:
        # What follows is another name of the same.
        places.pop()
    last = places[-1]
    group = part[last]
    album = text[group.start + 1 : group.end - 1].strip()
    begin = places[-2] + 1 if len(places) > 1 else 0
    before = _without_ties(part[begin:last])
    behind = _after_slash(part[last + 1 :])
    rest = [piece for piece in part if piece is not group and piece not in before]
    if behind:
        rest = [piece for piece in rest if piece not in behind]
        return Quoted(name_of(text, behind), album, rest)
    return Quoted(name_of(text, before), album, rest)


def _without_ties(part: Part) -> list[Piece]:
    """Return pieces without what says which kind of record it is, at both ends."""
    kept = [p for p in part if not (isinstance(p, Group) and p.bracket not in ROUND)]
    while len(kept) > 1 and (is_tie(kept[-1]) or is_year(kept[-1])):
        kept.pop()
    while len(kept) > 1 and is_tie(kept[0]) and kept[0].end < kept[1].start:
        kept.pop(0)
    return kept


def is_tie(piece: Piece) -> bool:
    """Return whether a piece says what kind of record it is, or what it belongs to."""
    if not isinstance(piece, Word):
        return False
    said = piece.strength in {EDITION, FILLER}
    return said or piece.is_sign or bool(_TIED.fullmatch(piece.text))


def _after_slash(part: Part) -> list[Piece]:
    """Return the words behind a slash that follows the album: `「Album」/Artist`."""
    words: list[Word] = []
    for piece in part:
        if not isinstance(piece, Word) or piece.meaning:
            break
        words.append(piece)
    if not words or words[0].text[:1] not in {"/", "|"}:
        return []
    first, *others = words
    if first.is_sign:
        return [*others]
    return [first._replace(text=first.text[1:], start=first.start + 1), *others]


_SINGLE_QUOTED = re.compile(r"^(.*\S) ['\u2018]([^'\u2018\u2019]+)['\u2019]$")
# Which album of an artist it is: `정규 1집`, `The 2nd Mini Album`.
_COUNTED = (
    r"(?:(?:(?:정규|미니|디지털|싱글)\s*)*(?:\d{1,2}집|정규|미니)(?:\s*(?:앨범|싱글))*"
    r"|(?:the )?\d{1,2}(?:st|nd|rd|th)(?: (?:full|mini|studio|solo|special|single))*"
    r" (?:album|ep|lp|single))"
)
_MAY_COUNT = re.compile(r"\d|정규|미니")
_COUNTED_BEFORE = re.compile(
    rf"^{_COUNTED}\s+['\u2018\"]?(.*?)['\u2019\"]?$", re.IGNORECASE
)
_COUNTED_BEHIND = re.compile(rf"(?<=\S)(?: - |\s+){_COUNTED}$", re.IGNORECASE)


def uncounted(name: str) -> str:
    """Return a name without which album of the artist it is."""
    if not _MAY_COUNT.search(name):
        return name
    bare = _COUNTED_BEHIND.sub("", name)
    if found := _COUNTED_BEFORE.match(bare):
        return found[1] or bare
    return bare


def _in_marks(text: str, part: Part) -> Quoted | None:
    words = [piece for piece in part if isinstance(piece, Word)]
    name = name_of(text, words)
    if single := _SINGLE_QUOTED.match(name):
        return Quoted(uncounted(single[1]), single[2], [])
    begin = min((i for i in map(name.find, _OPENING) if i > 0), default=0)
    finish = max(map(name.rfind, _CLOSING))
    if not 0 < begin < finish:
        return None
    return Quoted(name[:begin].strip(), name[begin + 1 : finish], [])
