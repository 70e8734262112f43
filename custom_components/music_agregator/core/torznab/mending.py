"""Mend the XML of indexers: encodings, entities and control characters that no parser takes.

Nothing of a document type is kept, so that no entity but HTML's own means anything.
"""

import codecs
from collections.abc import Iterator
import html.entities
from itertools import islice
import re

# The elements that a feed begins with; what stands before is a warning of the server's.
_ROOT = re.compile(r"<(rss|caps|error)\b", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding=[\"']([\w.:-]{1,40})[\"']")
_CDATA = "<![CDATA["
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(
    r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|#(?P<number>\d{1,7}|[xX][0-9A-Fa-f]{1,6});)?"
)
_ITEM_BEGIN = re.compile(r"<item[\s>]")
_ITEM_END = re.compile(r"</item\s*>")
# Python knows encodings that cost the square of a length, or unpack what they are given.
_ENCODING = re.compile(
    r"utf-?(?:8|16)|(?:us-)?ascii|latin-?1|iso-?8859-\d+|(?:windows-|cp)\d+|koi8-\w|gb\w+"
    r"|big5|shift[_-]jis|euc[_-]\w+",
    re.IGNORECASE,
)
_STRAY = re.compile("[\udc80-\udcff]{1,4096}")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_HIGHEST = 0x10FFFF
_SLICE = 64 * 1024


def mended(body: bytes) -> str:
    """Return a document as text that an XML parser takes; "" if there is none in it.

    What stands before its first element or behind its end is cut off; a bare `&` is
    escaped, HTML's entities are characters, control characters are dropped. One that
    declares entities of its own is hostile, and refused.
    """
    text = _decoded(body)
    if "<!ENTITY" in text:
        return ""
    begin = _ROOT.search(text)
    if begin is None:
        return ""
    text = text[begin.start() :]
    end = text.rfind(f"</{begin[1]}")
    if end >= 0:
        text = text[: text.find(">", end) + 1 or None]
    return "".join(
        piece if piece.startswith(_CDATA) else _AMPERSAND.sub(_escaped, piece)
        for piece in _pieces("".join(_CONTROL.sub("", part) for part in slices(text)))
    )


def slices[T: (bytes, str)](document: T) -> Iterator[T]:
    """Cut a document into slices: what works on one lets no other thread run meanwhile."""
    for start in range(0, len(document), _SLICE):
        yield document[start : start + _SLICE]


def items_alone(text: str, most: int) -> list[str]:
    """Return each item of a feed as a document of its own: a broken one costs itself."""
    root = text[: text.find(">") + 1]
    return [
        f"{root}<channel>{item}</channel></rss>" for item in islice(_items(text), most)
    ]


# An expression of both ends would look for the missing end once for every beginning.
def _items(text: str) -> Iterator[str]:
    position = 0
    while begin := _ITEM_BEGIN.search(text, position):
        end = _ITEM_END.search(text, begin.end())
        if end is None:
            return
        position = end.end()
        yield text[begin.start() : position]


def _pieces(text: str) -> Iterator[str]:
    """Part a text into its CDATA sections and what is between them."""
    position = 0
    while (begin := text.find(_CDATA, position)) >= 0:
        end = text.find("]]>", begin)
        if end < 0:
            break
        yield text[position:begin]
        position = end + len("]]>")
        yield text[begin:position]
    yield text[position:]


def _decoded(body: bytes) -> str:
    """Return a text in its declared encoding; bytes that do not fit are Windows' letters."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "".join(codecs.iterdecode(slices(body), "utf-16", "replace"))
    declared = _DECLARED.search(body[:400])
    encoding = declared[1].decode("ascii") if declared else ""
    for name in (encoding if _ENCODING.fullmatch(encoding) else "utf-8", "utf-8"):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    text = "".join(codecs.iterdecode(slices(body), "utf-8", "surrogateescape"))
    return _STRAY.sub(_of_windows, text)


def _of_windows(match: re.Match[str]) -> str:
    return match[0].encode("ascii", "surrogateescape").decode("cp1252", "ignore")


def _escaped(match: re.Match[str]) -> str:
    name, number = match["name"], match["number"]
    if name in _XML_NAMES:
        return match[0]
    if name:
        char = html.entities.html5.get(f"{name};")
        if char is None:
            return f"&amp;{name};"
        return char if char not in "<>&" else f"&#{ord(char)};"
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        if code > _HIGHEST or _CONTROL.match(chr(code)):
            return ""
        return match[0]
    return "&amp;"
