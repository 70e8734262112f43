"""Similarity of names: what was heard, or typed in a hurry, and what exists."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
import re
import tomllib

from rapidfuzz.distance import Levenshtein

from ..titles.names import normalise

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))

_ONES: list[str] = _WORDS["ones"].split()
_TENS: list[str] = _WORDS["tens"].split()
_SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_ORDINALS: list[str] = _WORDS["ordinals"].split()
_ROMAN: Mapping[str, str] = _WORDS["roman"]
_BIG = {"hundred": 100, "thousand": 1000}
_HOMOPHONES: Mapping[str, str] = _WORDS["homophones"]
_SOUNDS = tuple((re.compile(written), heard) for written, heard in _WORDS["sounds"])
_REPEATED = re.compile(r"(.)\1+")
# How much a likeness in sound counts, and of how short a sound it says little.
_BY_SOUND = 0.92
_SHORT = 4
_MOST_DIGITS = 4


@lru_cache(maxsize=8192)
def fold_numbers(name: str) -> str:
    """Return a name's normal form with its number words in digits.

    "Twenty Five" and "25" are one; so are "Nineteen Eighty-Nine" and "1989", and a
    second part called "II" or "2".
    """
    first, *rest = normalise(name).split() or [""]
    words = [first, *(_ROMAN.get(word, word) for word in rest)]
    found: list[str] = []
    while words:
        length, value = _number(words)
        found.append(words[0] if not length else str(value))
        del words[: length or 1]
    return " ".join(found)


def _number(words: list[str]) -> tuple[int, int]:
    """Return how many words in front make a number, and which."""
    length, total, last = 0, 0, 0
    for index, word in enumerate(words):
        if word in _SMALL:
            value = _SMALL[word]
            if not length:
                total = last = value
            elif last >= 20 and not last % 10 and 0 < value < 10:
                # Twenty, five.
                total, last = total + value, value
            elif last in _BIG.values():
                total, last = total + value, value
            elif 10 <= total < 100 and value >= 10:
                # Nineteen, eighty: a year.
                total, last = total * 100 + value, value
            else:
                break
        elif word in _BIG and length and 0 < total < _BIG[word]:
            total, last = total * _BIG[word], _BIG[word]
        elif word == "and" and last in _BIG.values() and index + 1 < len(words):
            if words[index + 1] not in _SMALL:
                break
            continue
        else:
            break
        length = index + 1
    return length, total


def numbers_in(name: str) -> list[str]:
    """Return the numbers in a name: two names with different ones are not one."""
    words = [_ROMAN.get(word, word) for word in fold_numbers(name).split()]
    return [word for word in words if word.isdecimal() or word in _ORDINALS]


def parse_ordinal(text: str) -> int | None:
    """Return the place that a text names: "the second", "number two", "2", "best"."""
    places = (place for word in fold_numbers(text).split() if (place := _ordinal(word)))
    return next(places, None)


def _ordinal(word: str) -> int | None:
    if word in _ORDINALS:
        return _ORDINALS.index(word) + 1
    if word in {"best", "top"}:
        return 1
    return int(word) if word.isdecimal() and len(word) <= _MOST_DIGITS else None


def number_words(digits: str) -> list[str]:
    """Return the words that a number of up to four digits is said with."""
    value = int(digits)
    if len(digits) > _MOST_DIGITS:
        return []
    if value < 20:
        return [_ONES[value]]
    if value < 100:
        return [
            _TENS[value // 10 - 2],
            *(number_words(str(value % 10)) if value % 10 else []),
        ]
    above, below = divmod(value, 1000 if value % 1000 < 100 <= value // 10 else 100)
    big = ["thousand"] if value % 1000 < 100 <= value // 10 else ["hundred"]
    is_year = value > 1000 and big == ["hundred"] and below >= 10
    rest = number_words(str(below)) if below else []
    return [*number_words(str(above)), *([] if is_year else big), *rest]


@lru_cache(maxsize=8192)
def _sound(name: str) -> str:
    """Return what is heard of a name: its consonants, without regard to spelling."""
    words = [_HOMOPHONES.get(word, word) for word in fold_numbers(name).split()]
    heard = "".join(words)
    for pattern, sound in _SOUNDS:
        heard = pattern.sub(sound, heard)
    return _REPEATED.sub(r"\1", heard)


@lru_cache(maxsize=65536)
def similarity(heard: str, name: str) -> float:
    """Return how much alike two names are, 0 to 1: in letters, or in sound.

    Case, accents, punctuation and blanks count nothing.
    """
    if not normalise(heard) or not normalise(name):
        return 0.0
    by_letters = max(
        Levenshtein.normalized_similarity(one.replace(" ", ""), other.replace(" ", ""))
        for one, other in (
            (fold_numbers(heard), fold_numbers(name)),
            (normalise(heard), normalise(name)),
        )
    )
    if by_letters == 1.0:
        return 1.0
    sounds = _sound(heard), _sound(name)
    by_sound = _BY_SOUND * Levenshtein.normalized_similarity(*sounds)
    if min(map(len, sounds)) < _SHORT:
        # Two short names soon sound alike: their letters have to agree as well.
        by_sound = (by_sound + by_letters) / 2
    return max(by_letters, by_sound)


def best_similarity(heard: str, names: Iterable[str]) -> float:
    """Return how much alike a name is to the nearest of several."""
    return max((similarity(heard, name) for name in names), default=0.0)
