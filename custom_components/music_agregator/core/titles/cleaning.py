"""Clean a title of its encoding as a file name, and recognize noise."""

import html
from itertools import pairwise
import re

from .measures import century
from .names import CJK
from .words import GENRES

TITLE_LIMIT = 500

_EXTENSION = re.compile(r"\.(?:torrent|nzb|rar|zip|7z|tar|mkv|mp4)$", re.IGNORECASE)

# Usenet's way: the name of a file in quotes.
_YENC = re.compile(r'"([^"]+)" yenc\b', re.IGNORECASE)
# Full width signs are the same signs; the letters that mask names are none of a title.
_FOLDED = {0xFF01 + n: 0x21 + n for n in range(94)}
_FOLDED |= dict.fromkeys((0x3000, 0xA0, 0xA500, 0xA501, 0xA502), 0x20)
# Three dots, or a dot with blanks, in place of a dash.
_DOTS = re.compile(r"(?<=\w)\.{3}(?=\w)| \. |(?<=\w)\.-\.(?=\S)")
# Chinese titles without blanks: `Artist.2001-Album`.
_CJK_YEAR = re.compile(rf"(?<=[{CJK}])\.(?=(?:19|20)\d\d\b)")
_CJK_DASH = re.compile(rf"(?<=[{CJK}\d])-(?=[{CJK}])")
_YEAR_FIRST = re.compile(r"^((?:19|20)\d\d(?:[.-]\d\d){0,2})-([^-\d][^-]*)-([^-]+ .*)$")
# What stands in place of a dash.
_BULLETS = re.compile(r" (?:[|\u00b7\u2022\u00bb~*]+|--) ")
# `Artist/Album/1990/Label`, but `24/96`.
_SLASHED = re.compile(r"^[^/()\[\]]+/[^/()\[\]]+/(?:19|20)\d\d/")
_SLASH = re.compile(r"(?<!\d)/|/(?!\d)")
_COLON = re.compile(rf"(?<=[a-z]):(?=[A-Z0-9])|(?<=[{CJK}]):(?=\S)")
_SHORT_YEAR = re.compile(r"^['\u2019](\d\d) (?=\S)")
_BULLET_INSIDE = re.compile(
    r"\([^()]* [|\u00b7\u2022\u00bb~] [^()]*\)|\[[^\[\]]* [|\u00b7\u2022\u00bb~] [^\[\]]*\]"
)
_CLOSED = re.compile(r"(?<=[\])])-(?=\w)")
# Genres before the artist: `Jazz/Funk: `, `House, Deep House | `, `Genre: Rap » `.
_GENRES = re.compile(
    r"^(?:genres?: ?)?([\w&/, -]{3,40}?) ?[:|\u00bb] (?=\S)", re.IGNORECASE
)
_VARIOUS = re.compile(
    r"^(?:(va|v\.a\.|vvaa|aa\.vv\.) ?- ?(?=\S.* |[^-]+$)|\((va)\) (?=[^-(]+[(\[])"
    r"|(various(?: artists)?): (?=\S))",
    re.IGNORECASE,
)
_MANY_HYPHENS = 3
_LONGEST_SUFFIX = 8
# What parts genres from the artist, and how far in a title.
_ENDS_GENRES, _FAR = frozenset(":|\u00bb"), 50
# The address of a site, or a tag of one, in front of a title.
_SITE = re.compile(
    r"^[\[(【]\s*(?:https?://)?(?:www\.)[^\])】]*[\])】]\s*-?\s*", re.IGNORECASE
)
# The name of what a post is a part of: `[ Name ]-[00/18]`, `Name [1/27] - "file" yEnc`.
_POSTED = re.compile(
    r"\[ ([^\[\]]+) \]-?\[\d+/\d+\]|^([^\[\]\"]+) \[\d+/\d+\] - \".*yenc", re.IGNORECASE
)
_EMOJI = re.compile("[\U0001f000-\U0001ffff\ufe0f\u2b50\u2728]")
_LEAD = re.compile(
    r"^\s*(?:new!|hot!)\s*|^\s*\d{1,2}\. (?=(?:19|20)\d\d )", re.IGNORECASE
)
# What circles sell at a fair: `(C97) [Circle] Album`.
_CIRCLE = re.compile(
    r"^((?:[(\[\u3010](?:C\d{2,3}|M3-\d+|例大祭\d*|同人音楽|同人|東方|\d{4}\.\d\d\.\d\d|\d{6})"
    r"[)\]\u3011] ?)+)\[([^\[\]]+)\] ?(?=[^\[\u3010( -])(?!.* - )"
)
_FAIR = re.compile(r"^\((?:C\d{2,3}|M3-\d{1,3}|例大祭\d{0,2})\) ?\[([^\[\]]+)\]")


def clean(title: str) -> str:
    """Return a title with blanks for underscores and dots, and entities as signs."""
    text = title[:TITLE_LIMIT]
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = _EMOJI.sub("", text.translate(_FOLDED))
    text = _without_post(text).strip()
    if "." in text[-_LONGEST_SUFFIX:]:
        text = _EXTENSION.sub("", text)
    is_parted = " " in text and " - " not in text and text.count("_") > 1
    text = text.replace("_", " - " if is_parted else " ")
    text = _without_lead(text).replace("Ltd.Ed.", "Limited")
    if not text.isascii():
        text = _CJK_DASH.sub(" - ", _CJK_YEAR.sub(" ", text))
    if " - " not in text:
        text = _parted(text)
    text = text.replace("--", " - ")
    if " " not in text and "." in text:
        text = _undotted(text)
    return " ".join(text.split())


def _without_post(text: str) -> str:
    """Return the name that a post on Usenet gives what it is a part of."""
    if '"' not in text and "[ " not in text:
        return text
    if posted := _POSTED.search(text):
        return str(posted[1] or posted[2])
    quoted = _YENC.search(text)
    return quoted[1] if quoted else text


def _without_lead(text: str) -> str:
    """Return a title without what stands before its names: a site, genres, a number."""
    first = text[:1]
    if first in {"(", "[", "\u3010"}:
        text = _FAIR.sub("\u3010\\1\u3011", _SITE.sub("", text))
        return _CIRCLE.sub(_of_circle, text)
    if first in {"'", "\u2019"}:
        text = _SHORT_YEAR.sub(_full_year, text)
    if first.isdecimal() or first in {"n", "N", "h", "H"}:
        text = _LEAD.sub("", text)
    return _without_genres(text)


def _parted(text: str) -> str:
    """Return a title without a dash with one where another sign stands in its place."""
    if _SLASHED.match(text):
        text = _SLASH.sub(" - ", text)
    if " " in text:
        text = _COLON.sub(": ", _DOTS.sub(" - ", text))
        if text.count(" / ") >= _MANY_HYPHENS:
            text = text.replace(" / ", " - ")
        if not _BULLET_INSIDE.search(text):
            text = _BULLETS.sub(" - ", text)
        text = _YEAR_FIRST.sub(r"\1 - \2 - \3", text)
        if " - " not in text and text.count("-") < _MANY_HYPHENS:
            text = _CLOSED.sub(" - ", text)
    return _VARIOUS.sub(r"\1\2\3 - ", text)


def _of_circle(match: re.Match[str]) -> str:
    """Return the date and the circle in front of its album."""
    date = re.search(r"\[\d{4}\.\d\d\.\d\d\]", match[1])
    return f"{date[0] if date else ''}\u3010{match[2]}\u3011"


def _full_year(match: re.Match[str]) -> str:
    return f"{century(int(match[1]))} "


def _without_genres(text: str) -> str:
    """Return a title without the genres that a sign parts from the artist."""
    found = _GENRES.match(text) if _ENDS_GENRES.intersection(text[:_FAR]) else None
    if found is None:
        return text
    words = [word for word in re.split(r"[\s,/&]+", found[1].lower()) if word]
    return text[found.end() :] if words and GENRES.issuperset(words) else text


def _undotted(text: str) -> str:
    """Return blanks for dots, except between initials and within numbers."""
    if ".-." in text:
        return " - ".join(map(_undotted, text.split(".-.")))
    words = text.split(".")
    undotted = words[0]
    for before, word in pairwise(words):
        is_kept = len(before[-2:].strip("-")) == 1 == len(word[:2].strip("-"))
        is_kept |= before[-1:].isdecimal() and word[:1].isdecimal()
        undotted += "." if is_kept else "" if word.startswith("-") else " "
        undotted += word
    return undotted


_HEXADECIMAL = re.compile(r"[0-9a-f]{12,}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){1,3}[0-9a-f-]*")
_TURNS = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_VOWELS = re.compile(r"[aeiouy]")


# Films, programs, comics and books.
_NO_MUSIC = re.compile(
    r"\b(?:keygen|crack(?:ed)?|patch|serial key|true pdf|epub|mobi|cbz)\b"
    r"|\b\d{3} \((?:19|20)\d\d\) \(digital",
    re.IGNORECASE,
)
_FILM = re.compile(
    r"\b(?:xvid|divx|[xh]\.?26[45]|hevc|ntsc|m?dvdr|bdrip|hdtv|2160p|1080[pi]|720p|480p"
    r"|s\d\de\d\d)\b",
    re.IGNORECASE,
)


def is_junk(title: str) -> bool:
    """Return whether a title says that it is of no music at all.

    A film with an artist of its own may show a concert.
    """
    if " - " not in title and _FILM.search(title):
        return True
    return bool(_NO_MUSIC.search(title))


def is_noise(name: str) -> bool:
    """Return whether a name looks like a hash, or was made unreadable on purpose.

    One long ASCII word that is hexadecimal, turns from letters to digits and back, or
    has next to no vowels.
    """
    word = name.casefold()
    if len(word) < 10 or " " in word or not word.isascii():
        return False
    if _HEXADECIMAL.fullmatch(word) or len(_TURNS.findall(word)) >= 3:
        return True
    letters = sum(map(str.isalpha, word))
    vowels = len(_VOWELS.findall(word))
    return len(word) >= 12 and letters > 8 and vowels * 6 < letters
