"""Normalize names: what two spellings of one name have in common."""

from functools import lru_cache
import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ß": "ss",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "ŋ": "ng",
        "$": "s",
        "€": "e",
        "¢": "c",
        "÷": " divide ",
        "×": " multiply ",
        "=": " equals ",
        "%": " percent ",
        "+": " and ",
        "&": " and ",
        "@": " at ",
        "∞": " infinity ",
        "№": " no ",
    }
)
# Signs that are a whole name.
_SIGNS = {"+": "plus", "-": "subtract", "\u2212": "subtract", "#": "number"}
_APOSTROPHES = re.compile(r"['`´\u2018\u2019\u02bc\u2032]")
_SHOUTS = re.compile(r"(?<=[a-z])!(?=[a-z])")
_NO_WORD = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^(?:the|a|an) (?!(?:the|a|an)$)")
_SYNONYMS = {
    "nos": "no",
    "nr": "no",
    "n": "and",
    "und": "and",
    "vol": "volume",
    "pt": "part",
    "st": "saint",
}
# Chinese, Japanese and Korean are written without blanks: their words end where another
# alphabet begins.
CJK = "\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LATIN = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_ROMAN |= {
    word: str(number)
    for number, word in enumerate("one two three four five six seven eight".split(), 1)
}
_COUNTED = frozenset({"volume", "part", "book", "chapter", "act", "season"})
_SHORT = 2

VARIOUS_ARTISTS = frozenset(
    {
        "various artists",
        "various",
        "va",
        "ost",
        "soundtrack",
        "verschiedene interpreten",
    }
    | {
        "verschiedene",
        "diverse",
        "diverse interpreten",
        "vvaa",
        "aavv",
        "aa vv",
        "varios artistas",
        "vários artistas",
        "artisti vari",
    }
    | {"artistes variés", "artistes varies", "разные исполнители", "сборник", "群星"}
    | {"合輯", "合辑", "オムニバス", "various interprets", "blandade artister"}
)


@lru_cache(maxsize=8192)
def normalise(name: str) -> str:
    """Return what two spellings of one name have in common.

    Lower case, no accents, ligatures as letters, signs as words (`+` and `&` are
    "and"), no punctuation, no leading article, initials in one ("AC/DC" is "acdc"),
    numbered volumes in digits. A name of signs alone stays as it is.
    """
    if sign := _SIGNS.get(name.strip()):
        return sign
    folded = _APOSTROPHES.sub("", name.casefold().translate(_LETTERS))
    plain = unaccented(_SHOUTS.sub("i", folded))
    words = " ".join(_NO_WORD.sub(" ", plain).split())
    words = _ARTICLE.sub("", words)
    return _joined(words.split()) or "".join(name.casefold().split())


def unaccented(text: str) -> str:
    """Return a text without its accents."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def is_latin(text: str) -> bool:
    """Return whether a text has a letter of the Latin alphabet."""
    return bool(_LATIN.search(text))


def plain_words(text: str) -> str:
    """Return words without accents or punctuation, a blank on every side."""
    return f" {_NO_WORD.sub(' ', unaccented(text.casefold())).strip()} "


def spelt_plainly(name: str) -> str:
    """Return a name in ASCII, as far as that can be: `Ænima` is `AEnima`."""
    if not any(map(str.isalnum, name)):
        return normalise(name)
    if name.isascii():
        return name
    letters = (
        letter.upper() if char.isupper() and letter.isalpha() else letter
        for char in name
        for letter in [char.lower().translate(_LETTERS)]
    )
    plain = unaccented("".join(letters))
    kept = "".join(char for char in plain if char.isascii())
    return " ".join(kept.split())


def _joined(words: list[str]) -> str:
    """Join words, initials without blanks; "Pt. II" becomes "part 2"."""
    joined = ""
    before = ""
    for written in words:
        word = _SYNONYMS.get(written, written)
        if before in _COUNTED:
            word = _ROMAN.get(word, word)
        is_run = 0 < len(before) <= _SHORT and len(word) <= _SHORT
        is_run = is_run and before.isalpha() and word.isalpha()
        joined += word if is_run or not joined else f" {word}"
        before = word
    return joined


def squashed(name: str) -> str:
    """Return the normal form without blanks: "Play Ground" is "Playground"."""
    return normalise(name).replace(" ", "")


_GUESTS = re.compile(r"\s+[(\[]?(?:feat|ft|featuring)\b.*", re.IGNORECASE)


def without_guests(artist: str) -> str:
    """Return an artist without guests: `Lindra Vey feat. Nell Tamsin`."""
    return _GUESTS.sub("", artist) or artist


def is_by_various(artist: str) -> bool:
    """Return whether a name says that there are many artists."""
    return normalise(artist) in VARIOUS_ARTISTS


def same_name(one: str, other: str) -> bool:
    """Return whether two spellings mean one name."""
    return normalise(one) == normalise(other)
