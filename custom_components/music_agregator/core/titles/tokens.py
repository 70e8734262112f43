"""A release title -> words, dashes and bracketed groups, each word with its meaning."""

import re

from .groups import kind_of
from .lexicon import meaning
from .measures import MEASURES, read_measure
from .pieces import Dash, DashSpacing, Group, Item, Piece, Word

_PAIRS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "\u3010": "\u3011",
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
_OPENING, _CLOSING = map(re.escape, ("".join(_PAIRS), "".join(_PAIRS.values())))
_NO_WORD = rf"\s{_OPENING}{_CLOSING}{_DASHES}"
_MEASURE = "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for _, pattern, _ in MEASURES)


def _lexer(word: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<open>[{_OPENING}])|(?P<close>[{_CLOSING}])"
        rf"|(?P<measure>(?=[\d'@~aibdshvromt])(?:{_MEASURE})(?!\w))"
        rf"|(?P<dash>[{_DASHES}]+)|(?P<word>{word})"
    )


# A short hyphen between letters is part of a word, or separates like every other.
_SPACED = _lexer(rf"[^{_NO_WORD}]+(?:[\-\u2010\u2011\u2212][^{_NO_WORD}]+)*")
_HYPHENED = _lexer(rf"[^{_NO_WORD}]+")


def tokenize(text: str, *, hyphened: bool = False) -> list[Item]:
    """Return the items of a title in order; `hyphened` makes every hyphen a dash.

    A bracket that is never closed, or never opened, is passed over.
    """
    lowered = text.lower()
    tokens = _Tokens(text, lowered if len(lowered) == len(text) else text)
    add_item = tokens.items.append
    for match in (_HYPHENED if hyphened else _SPACED).finditer(tokens.lowered):
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
