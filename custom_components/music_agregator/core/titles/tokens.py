"""A release title -> words, dashes and bracketed groups, each word with its meaning."""

from collections.abc import Collection
import re
from typing import NamedTuple

from .groups import kind_of
from .lexicon import meaning
from .measures import HYPHENED_MEASURES, MEASURES, read_measure
from .names import CJK
from .pieces import Dash, DashSpacing, Group, Item, Piece, Word

_PAIRS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "\u3010": "\u3011",
    "\u3014": "\u3015",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\u3008": "\u3009",
    "\u300a": "\u300b",
    "\uff08": "\uff09",
    "\uff3b": "\uff3d",
}
_SPACES = tuple(DashSpacing)
_LONG_DASHES = "\u2012\u2013\u2014\u2015"
_DASHES = rf"\-\u2010\u2011\u2212{_LONG_DASHES}"
# How the measures begin that begin with a letter: other words are not looked at.
_BEGINNINGS = (
    "alt|remaster|digital|box|music|original|complete|band|colonna|itunes|apple|monkey|hi"
    "|blu|dvd|sacd|cd|dis|volume|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)


class _Signs(NamedTuple):
    """The signs that a lexer tells apart; ASCII alone is looked up faster."""

    opening: str
    closing: str
    dashes: str
    hyphens: str
    # Letters that make a word by themselves, without blanks.
    unspaced: str


_ALL = _Signs(
    "".join(_PAIRS), "".join(_PAIRS.values()), _DASHES, r"\-\u2010\u2011\u2212", CJK
)
_ASCII = _Signs("([{", ")]}", r"\-", r"\-", "")


def _lexer(
    signs: _Signs, *, is_spaced: bool, without: Collection[str] = ()
) -> re.Pattern[str]:
    """Return a lexer; with `is_spaced` a short hyphen between letters is of a word."""
    opening, closing = map(re.escape, (signs.opening, signs.closing))
    letters = rf"[^\s{opening}{closing}{signs.dashes}{signs.unspaced}]+"
    hyphened = rf"(?:[{signs.hyphens}]{letters})*" if is_spaced else ""
    unspaced = rf"[{signs.unspaced}]+|" if signs.unspaced else ""
    measures = "|".join(
        re.sub(r"\((?!\?)", "(?:", pattern)
        for name, pattern, _ in MEASURES
        if name not in without
    )
    return re.compile(
        rf"(?P<open>[{opening}])|(?P<close>[{closing}])"
        rf"|(?P<measure>(?=[\d'@~]|{_BEGINNINGS})(?:{measures})(?![^\W{signs.unspaced}]))"
        rf"|(?P<dash>[{signs.dashes}]+)|(?P<word>{unspaced}{letters}{hyphened})"
    )


# By whether a title is ASCII, and whether every hyphen is a dash.
_LEXERS = {
    (is_ascii, is_hyphened): _lexer(
        _ASCII if is_ascii else _ALL,
        is_spaced=not is_hyphened,
        without=HYPHENED_MEASURES if is_hyphened else (),
    )
    for is_ascii in (True, False)
    for is_hyphened in (True, False)
}


def tokenize(text: str, *, hyphened: bool = False) -> list[Item]:
    """Return the items of a title in order; `hyphened` makes every hyphen a dash.

    A bracket that is never closed, or never opened, is passed over.
    """
    lowered = text.lower()
    tokens = _Tokens(text, lowered if len(lowered) == len(text) else text)
    add_item = tokens.items.append
    for match in _LEXERS[text.isascii(), hyphened].finditer(tokens.lowered):
        start, end = match.span()
        match match.lastgroup:
            case "word":
                add_item(Word(text[start:end], start, end, meaning(match[0])))
            case "open":
                tokens.open(start)
            case "close":
                tokens.close(start, end)
            case "dash":
                tokens.add_dash(start, end)
            case _:
                tokens.add_measure(start, end)
    return tokens.items


def pieces_of(text: str) -> list[Piece]:
    """Return the words and groups of a title, whatever dashes stand between them."""
    return [item for item in tokenize(text) if not isinstance(item, Dash)]


class _Tokens:
    """Gathers the items of one title, and folds what stands in brackets."""

    def __init__(self, text: str, lowered: str) -> None:
        self.lowered = lowered
        self.items: list[Item] = []
        self._text = text
        self._opened: list[tuple[int, int]] = []

    def _add_word(self, start: int, end: int) -> None:
        found = meaning(self.lowered[start:end])
        self.items.append(Word(self._text[start:end], start, end, found))

    def add_dash(self, start: int, end: int) -> None:
        """Add a dash and how much room it has."""
        blanks = self._is_blank(start - 1) + self._is_blank(end)
        is_long = self._text[start] in _LONG_DASHES
        self.items.append(Dash(start, end, _SPACES[max(blanks, is_long)]))

    def open(self, start: int) -> None:
        """Note where a bracket opens."""
        self._opened.append((start, len(self.items)))

    def add_measure(self, start: int, end: int) -> None:
        """Add what is written in several words."""
        text = self.lowered[start:end]
        found = read_measure(text)
        if "is_range" in found.facts and " " in text and not self._opened:
            # Outside brackets `1989 - 2014` is what it looks like: two parts.
            self._add_word(start, start + 4)
            self.items.append(Dash(start + 4, end - 4, DashSpacing.BOTH))
            self._add_word(end - 4, end)
        else:
            self.items.append(Word(self._text[start:end], start, end, found))

    def _is_blank(self, place: int) -> bool:
        return not 0 <= place < len(self._text) or self._text[place] == " "

    def close(self, start: int, end: int) -> None:
        """Fold a group; a bracket that closes none belongs to the word before."""
        if self._opened:
            begin, place = self._opened.pop()
            words = tuple(
                word
                for item in self.items[place:]
                if not isinstance(item, Dash)
                for word in item.words
                if not word.is_sign
            )
            bracket = self._text[begin]
            kind = kind_of(bracket, words)
            self.items[place:] = [Group(bracket, words, begin, end, kind)]
        elif self.items and self.items[-1].end == start:
            last = self.items[-1]
            if isinstance(last, Word):
                text = self._text[last.start : end]
                self.items[-1] = last._replace(text=text, end=end)
