"""Clean a title of its encoding as a file name, and recognize noise."""

import html
from itertools import pairwise
import re

TITLE_LIMIT = 500

_EXTENSION = re.compile(r"\.(?:torrent|nzb|rar|zip|7z|tar|mkv|mp4)$", re.IGNORECASE)

# Usenet's way: the name of a file in quotes.
_YENC = re.compile(r'"([^"]+)" yenc\b', re.IGNORECASE)
# What circles sell at a fair: `(C97) [Circle] Album`.
_FAIR = re.compile(r"^\((?:C\d{2,3}|M3-\d{1,3}|例大祭\d{0,2})\) ?\[([^\[\]]+)\]")


def clean(title: str) -> str:
    """Return a title with blanks for underscores and dots, and entities as signs."""
    text = html.unescape(html.unescape(title[:TITLE_LIMIT]))
    if quoted := _YENC.search(text):
        text = quoted[1]
    text = _EXTENSION.sub("", text.strip()).replace("_", " ")
    text = _FAIR.sub("\u3010\\1\u3011", text)
    if " " not in text and "." in text:
        text = _undotted(text)
    return " ".join(text.split())


def _undotted(text: str) -> str:
    """Return blanks for dots, except between initials and within numbers."""
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
