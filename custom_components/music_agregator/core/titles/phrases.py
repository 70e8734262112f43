"""Phrases: whether words that say nothing of a release are a remark, or part of a name.

The rules are asked in their order; the first that knows decides. What no rule knows may be
the rest of a name.
"""

from collections.abc import Callable, Sequence
import re
from typing import NamedTuple

from .derived import derived_word
from .groups import PARTS
from .meanings import STRONG
from .names import is_latin
from .people import are_others, may_be_people
from .pieces import QUOTES, Group, Piece, Word
from .quoted import uncounted
from .reading import (
    ALBUM,
    ARTIST,
    MASKS,
    OTHER,
    Reading,
    bare,
    is_group,
    is_name,
    names,
)
from .wanted import plain
from .words import GENRES, LABELS

_GUESTS = frozenset("feat ft featuring with w/ vs".split())
_HELPERS = frozenset(
    "mixed compiled performed conducted incl including presents presented prod produced"
    " selected".split()
)
_EDITIONS = frozenset({"edition", "pressing", "remaster", "reissue"})
# What says that a song belongs to a show.
_TIES = frozenset("ed op ost theme insert character ending opening".split())
_CJK_TIE = re.compile(r"テーマ|主題歌|挿入歌|アニメ|主题曲|专辑|專輯|アルバム|シングル")
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_NUMBER = re.compile(r"\d{1,3}|[ivx]{1,4}|no\.?", re.IGNORECASE)
# What makes a Chinese or Japanese remark the number of a sequel.
SEQUEL = re.compile(
    r"第.{1,3}(?:章|集|部|巻|卷|弾|回|話|夜|幕|期|季|楽章)|続|[上下前后後]編|[上下]集|其[之の]"
)
_ALBUM_NUMBER = re.compile(r"第.+[张張]")
_PUBLISHING = frozenset({"records", "recordings", "presents", "present", "music"})
_OPUS = re.compile(
    r"(?:\b(?:(?:op|opus|bwv|kv?|d|hob|rv|sz|wq|hwv|twv|l|s|woo)\.? ?[\divx.:/-]+"
    r"|in|[a-h](?:[- ](?:flat|sharp))?[- ]?(?:moll|dur|major|minor)|[a-h](?:is|es)?-(?:moll|dur)"
    r"|[\d./-]+)(?:\s|$))+"
)
_INITIALS = re.compile(r"[a-z](?:\.[a-z]){0,2}")
_LONGEST_TAIL = 4
_TWO = 2


class Phrase(NamedTuple):
    """Words in a row, in lower case, and where they stand in their segment."""

    words: tuple[str, ...]
    segment: Sequence[Piece]
    start: int
    end: int
    # Whether the segment stands before the album's.
    is_in_front: bool

    @property
    def text(self) -> str:
        """Return it as text."""
        return " ".join(self.words)

    @property
    def before(self) -> Piece | None:
        """Return the piece before it."""
        return self.segment[self.start - 1] if self.start else None

    @property
    def behind(self) -> Piece | None:
        """Return the piece behind it."""
        return self.segment[self.end] if self.end < len(self.segment) else None

    @property
    def touches_album(self) -> bool:
        """Return whether it stands right beside the album's name."""
        return is_name(self.before, ALBUM) or is_name(self.behind, ALBUM)

    @property
    def follows_name(self) -> bool:
        """Return whether only what says little stands between a name and it."""
        for piece in reversed(self.segment[: self.start]):
            if isinstance(piece, Group) or piece.is_year or piece.strength is STRONG:
                return False
            if piece.text in {ALBUM, ARTIST}:
                return True
        return False


type Rule = Callable[[Phrase, Reading], bool | None]


def phrase_at(segment: Sequence[Piece], start: int, end: int, in_front: bool) -> Phrase:
    """Return the words of a segment between two places as a phrase."""
    words = (
        bare(piece.text)
        for piece in segment[start:end]
        if isinstance(piece, Word) and not piece.is_sign
    )
    return Phrase(tuple(filter(None, words)), segment, start, end, in_front)


def is_remark(phrase: Phrase, reading: Reading) -> bool:
    """Return whether a phrase is no part of a name."""
    for rule in RULES:
        if (verdict := rule(phrase, reading)) is not None:
            return verdict
    return False


def _is_over(_: Phrase, reading: Reading) -> bool | None:
    return True if reading.is_over else None


def _is_of_the_artists(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept the words of the artists' names beside the one that was found."""
    parts = [part for word in phrase.words for part in plain(word).split()]
    if reading.wanted.is_classical and parts[-1:] == ["the"]:
        # `Composer: The Album`.
        parts.pop()
    is_theirs = all(part in reading.wanted.people for part in parts)
    return True if parts and is_theirs and not is_name(phrase.before, ALBUM) else None


def _names_a_part(phrase: Phrase, reading: Reading) -> bool | None:
    parts = set(PARTS.intersection(phrase.words))
    if len(phrase.words) > _TWO:
        # Numbers among other words are a label's.
        parts = {word for word in parts if not _NUMBER.fullmatch(word)}
    return False if parts and not reading.wanted.is_classical else None


def _is_another_work(phrase: Phrase, reading: Reading) -> bool | None:
    """Refuse what is made of an album: covers, a film, a tour's recording."""
    if phrase.is_in_front or reading.wanted.is_classical:
        return None
    made = derived_word(phrase.text, (reading.own,), is_beside=True)
    return False if made else None


def _is_ordinal(phrase: Phrase, _: Reading) -> bool | None:
    are_all = all(map(_ORDINAL.fullmatch, phrase.words))
    return True if are_all and not phrase.touches_album else None


def _is_foreign(phrase: Phrase, reading: Reading) -> bool | None:
    """Take words of another alphabet for a remark, but for a sequel's number."""
    others = [word for word in phrase.words if not _ORDINAL.fullmatch(word)]
    is_written = any(char.isalpha() for word in others for char in word)
    if not is_written or any(is_latin(plain(word)) for word in others):
        return _is_number(phrase)
    is_whole = phrase.start == 0 and phrase.behind is None
    if reading.wanted.performing and is_whole and reading.has_album:
        # Who plays a composition may be written so, too.
        return None
    if _NUMBER.fullmatch(plain(phrase.text)):
        return False
    if SEQUEL.search(phrase.text) and not _ALBUM_NUMBER.search(phrase.text):
        return False
    # Right behind a name in the same letters it may go on with it.
    return not phrase.follows_name or is_latin(reading.own)


def _is_number(phrase: Phrase) -> bool | None:
    """Refuse a number right behind the album's name, in whatever letters it is."""
    is_one = _NUMBER.fullmatch(plain(phrase.text))
    return False if is_one and phrase.touches_album else None


def _are_guests(phrase: Phrase, reading: Reading) -> bool | None:
    if phrase.words[0] in _GUESTS and (reading.has_album or phrase.before is not None):
        reading.has_guests = phrase.is_in_front and phrase.behind is None
        return phrase.words[0] != "vs"
    # The hyphen of a guest's name parts it in a scene name.
    goes_on = reading.has_guests and phrase.is_in_front and reading.is_scene
    return True if goes_on else None


def _are_helpers(phrase: Phrase, reading: Reading) -> bool | None:
    return True if phrase.words[0] in _HELPERS and reading.has_album else None


def _ends_a_concert(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept what tapers write behind the place of a concert."""
    if not reading.is_of_concert:
        return None
    if not reading.has_album:
        # `1970-09-04 Inglewood Forum Live on Blueberry Hill`.
        is_dated = isinstance(phrase.before, Word) and phrase.before.is_year
        return True if is_dated else None
    return len(phrase.words) <= _LONGEST_TAIL


def _says_it_again(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept a name that is written again beside itself, in other letters."""
    behind, before = phrase.behind, phrase.before
    is_foreign = not is_latin(reading.own) and any(map(str.isalpha, reading.own))
    if not is_foreign and not names(before, ARTIST):
        return None
    if is_foreign and phrase.start == 0 and is_latin(phrase.text):
        # A whole part: `Gruppa Rosy / Группа росы`.
        rest = phrase.segment[phrase.end :]
        if reading.has_passed_artist and all(isinstance(p, Group) for p in rest):
            return True
    if is_foreign and is_latin(phrase.text) and is_name(behind, ALBUM):
        # `Kifak Inta كيفك إنت`.
        return True
    follows = isinstance(behind, Group) and names(behind, *MASKS)
    precedes = names(before, ALBUM, ARTIST, OTHER) and is_foreign
    return True if follows or precedes else None


def _is_an_edition(phrase: Phrase, reading: Reading) -> bool | None:
    if uncounted(f"- {phrase.text}") == "-":
        return True
    is_edition = phrase.words[-1] in _EDITIONS
    return True if is_edition and reading.has_album else None


def _is_a_franchise(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept what a Japanese artist belongs to: `Show! Artist 1stアルバム「Album」`."""
    if reading.has_album or not is_name(phrase.behind, ARTIST):
        return None
    is_quoted = any(
        is_group(piece, QUOTES) and names(piece, ALBUM)
        for piece in phrase.segment[phrase.end :]
    )
    return True if is_quoted else None


def _follows_a_year(phrase: Phrase, reading: Reading) -> bool | None:
    is_apart = reading.has_year and reading.has_album and not phrase.touches_album
    return True if is_apart else None


def _is_of_a_sampler(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept who publishes a sampler, and the artists that are listed behind it."""
    if not reading.wanted.is_various:
        return None
    publishes = phrase.words[-1] in _PUBLISHING and not reading.has_album
    lists = reading.has_album and phrase.start == 0 and _lists(phrase)
    return True if publishes or lists else None


def _lists(phrase: Phrase) -> bool:
    pieces = phrase.segment[phrase.start : phrase.end]
    return sum(p.words[-1].text.endswith(",") for p in pieces if p.words) > 1


def _is_catalogued(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept a composition's opus, catalog number and key behind its name."""
    if not reading.wanted.is_classical or not reading.has_album:
        return None
    return True if _OPUS.fullmatch(phrase.text) else None


def _are_genres(phrase: Phrase, reading: Reading) -> bool | None:
    parts = (part for word in phrase.words for part in re.split(r"[/,;|]+", word))
    are_all = all(part in GENRES for part in parts if part)
    is_behind = reading.has_album and not is_name(phrase.before, ALBUM)
    return True if are_all and is_behind else None


def _is_label(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept a label and its number, apart from the album's name."""
    words = [word for word in plain(phrase.text).split() if not word.isdecimal()]
    is_label = bool(words) and LABELS.issuperset(words)
    is_apart = reading.has_album and not is_name(phrase.before, ALBUM)
    return True if is_label and is_apart else None


def _is_another_title(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept a film's name in other languages beside its soundtrack's."""
    if (
        not reading.wanted.is_soundtrack
        or reading.is_by_nobody
        or not reading.has_album
    ):
        return None
    are_free = all(p.meaning is None for p in phrase.segment if isinstance(p, Word))
    return True if are_free and phrase.start <= 1 and not phrase.touches_album else None


def _is_tied(phrase: Phrase, _: Reading) -> bool | None:
    if not phrase.is_in_front:
        return None
    said = [bare(p.text) for p in phrase.segment if isinstance(p, Word)]
    ties = any(word in _TIES or _CJK_TIE.search(word) for word in said)
    return True if ties else None


def _is_initial(phrase: Phrase, _: Reading) -> bool | None:
    are_initials = len(phrase.words) == 1 and _INITIALS.fullmatch(phrase.words[0])
    return True if are_initials and is_name(phrase.behind, ARTIST) else None


def _are_performers(phrase: Phrase, reading: Reading) -> bool | None:
    """Accept the performers of a composition, apart from its name."""
    if not reading.wanted.is_classical or phrase.touches_album:
        return None
    if not may_be_people(phrase.text):
        return True
    words = (piece for piece in phrase.segment if isinstance(piece, Word))
    return not are_others(" ".join(reading.unmasked(words)), reading.wanted)


RULES: tuple[Rule, ...] = (
    _is_over,
    _is_of_the_artists,
    _is_catalogued,
    _names_a_part,
    _is_another_work,
    _is_ordinal,
    _is_foreign,
    _are_guests,
    _are_helpers,
    _ends_a_concert,
    _says_it_again,
    _is_an_edition,
    _is_a_franchise,
    _follows_a_year,
    _is_of_a_sampler,
    _are_genres,
    _is_label,
    _is_another_title,
    _is_tied,
    _is_initial,
    _are_performers,
)
