"""Torznab: parse the responses of indexers, however far they are from the standard.

All quirks that are handled here were seen: a BOM before the declaration, sizes in three
places, missing seeders, errors as documents with status 200, web pages as links.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ..errors import IndexerAuthError, IndexerError, IndexerUnavailableError
from ..magnets import normalise_hash
from ..model import Release
from .mending import items_alone, mended, slices

MUSIC_CATEGORIES = (3000, 3010, 3030, 3040)
TITLE_LIMIT = 500
MOST_ITEMS = 1_000
LINK_LIMIT = 16_384
# A thousand items of an indexer have some ten thousand elements and attributes.
MOST_TAGS = 200_000
MOST_ATTRIBUTES = 400_000
_LARGEST = 1 << 50
_TORRENT_TYPE = "application/x-bittorrent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """The capabilities of an indexer."""

    server: str = ""
    search: frozenset[str] = field(default_factory=lambda: frozenset({"q"}))
    music: frozenset[str] = frozenset()
    page_size: int = 100
    categories: tuple[int, ...] = ()

    @property
    def finds_albums(self) -> bool:
        """Return whether it accepts artist and album as separate parameters."""
        return {"artist", "album"} <= self.music


def parse_caps(body: bytes) -> Caps:
    """Parse a caps document. Raises what `parse_results` raises."""
    root = _root(body)
    if root.tag != "caps":
        raise IndexerError("no caps document")
    modes: dict[str, frozenset[str]] = {}
    for element in root.iterfind("searching/*"):
        if element.get("available", "yes").lower() != "yes":
            continue
        params = element.get("supportedParams", "q").lower().split(",")
        modes[element.tag] = frozenset(param.strip() for param in params)
    limits = root.find("limits")
    size = _integer(limits.get("max") if limits is not None else None)
    server = root.find("server")
    return Caps(
        server=(server.get("title") or "")[:100] if server is not None else "",
        search=modes.get("search", frozenset()),
        music=modes.get("music-search", frozenset())
        | modes.get("audio-search", frozenset()),
        page_size=min(max(size or 100, 1), 100),
        categories=tuple(
            number
            for element in root.iterfind("categories//*")
            if (number := _integer(element.get("id"))) is not None
        ),
    )


class Page(NamedTuple):
    """One response: its usable releases, and how many items it had."""

    releases: list[Release]
    item_count: int


def parse_results(body: bytes, *, base_url: str) -> list[Release]:
    """Parse a result document; skip items without a title or a link.

    A field that an item lacks is None: 0 seeders means none, None means unknown.
    Relative links are joined to `base_url`. Raises IndexerAuthError,
    IndexerUnavailableError (a limit is reached) or IndexerError with the code of an
    error document, and IndexerError for what is not Torznab.
    """
    return parse_page(body, base_url=base_url).releases


def parse_page(body: bytes, *, base_url: str) -> Page:
    """Parse a result document as `parse_results` does; items after the first thousand are ignored."""
    items = _items(body)
    releases = (_release(item, base_url) for item in items)
    return Page([r for r in releases if r is not None], len(items))


def error_of(code: str, description: str) -> IndexerError | IndexerUnavailableError:
    """Return the typed error of an error document."""
    number = _integer(code)
    limited = "limit" in description.lower()
    if number in {500, 501, 910, 429} or limited:
        return IndexerUnavailableError(f"error {number}", code=str(number))
    if number is not None and 100 <= number < 200:
        return IndexerAuthError(f"error {number}", code=str(number))
    if number is not None and number >= 900:
        return IndexerUnavailableError(f"error {number}", code=str(number))
    return IndexerError(f"error {number}", code=str(number))


def _items(body: bytes) -> list[Element]:
    """Return the items of a feed; one that cannot be parsed costs no other."""
    try:
        root = _root(body)
    except _NotXmlError as err:
        documents = items_alone(err.text, MOST_ITEMS)
        roots = [one for text in documents if (one := _parsed(text)) is not None]
        if not roots:
            raise
        return [item for one in roots for item in one.iterfind("channel/item")]
    if root.tag != "rss":
        raise IndexerError("no Torznab document")
    return list(islice(root.iterfind("channel/item"), MOST_ITEMS))


class _NotXmlError(IndexerError):
    """A document that cannot be parsed, not even when it is mended; `text` is what it became."""

    def __init__(self, text: str) -> None:
        super().__init__("an answer that is no XML")
        self.text = text


def _root(body: bytes) -> Element:
    """Parse a document, which may not cost more than an indexer's largest."""
    limits = {b"<": MOST_TAGS, b"=": MOST_ATTRIBUTES, b"&": MOST_ATTRIBUTES}
    if any(body.count(sign) > most for sign, most in limits.items()):
        raise IndexerError("an answer with too many elements")
    root = _parsed(body.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if root is None:
        text = mended(body)
        root = _parsed(text)
        if root is None:
            raise _NotXmlError(text)
    if root.tag == "error":
        raise error_of(root.get("code", ""), root.get("description", ""))
    return root


def _parsed[T: (bytes, str)](document: T) -> Element | None:
    parser = DefusedXMLParser(forbid_dtd=True)
    try:
        for piece in slices(document):
            parser.feed(piece)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    return root


def _release(item: Element, base_url: str) -> Release | None:
    title = " ".join(_child(item, "title").split())[:TITLE_LIMIT]
    attributes = _attributes(item)
    download_url, magnet_uri = _links(item, attributes, base_url)
    if not title or not (download_url or magnet_uri):
        return None
    seeders = _integer(_first(attributes, "seeders"))
    leechers = _integer(_first(attributes, "leechers"))
    peers = _integer(_first(attributes, "peers"))
    if peers is None and seeders is not None and leechers is not None:
        peers = seeders + leechers
    if leechers is None and seeders is not None and peers is not None:
        leechers = max(peers - seeders, 0)
    return Release(
        guid=_child(item, "guid")[:LINK_LIMIT] or download_url or magnet_uri or "",
        title=title,
        size_bytes=_size(item, attributes),
        seeders=seeders,
        leechers=leechers,
        peers=peers,
        info_hash=normalise_hash(_first(attributes, "infohash") or ""),
        download_url=download_url,
        magnet_uri=magnet_uri,
        categories=_categories(item, attributes),
        published_at=_date(_child(item, "pubDate")),
        indexer=_child(item, "prowlarrindexer") or _child(item, "jackettindexer"),
        download_volume_factor=_factor(_first(attributes, "downloadvolumefactor")),
    )


type _Attributes = Mapping[str, list[str]]


def _attributes(item: Element) -> _Attributes:
    """Return the Torznab attributes by lower-case name, or Newznab's if there are none."""
    found: dict[str, dict[str, list[str]]] = {
        "torznab": defaultdict(list),
        "newznab": defaultdict(list),
    }
    for element in item:
        namespace, _, name = element.tag.rpartition("}")
        if name != "attr":
            continue
        kind = "newznab" if "newznab" in namespace else "torznab"
        found[kind][element.get("name", "").lower()].append(element.get("value", ""))
    return found["torznab"] or found["newznab"]


def _links(
    item: Element, attributes: _Attributes, base_url: str
) -> tuple[str | None, str | None]:
    """Return the address that leads to the .torrent, and the magnet."""
    enclosure = item.find("enclosure")
    enclosed = enclosure.get("url", "") if enclosure is not None else ""
    kind = enclosure.get("type", "") if enclosure is not None else ""
    link, guid = _child(item, "link"), _child(item, "guid")
    pages = [] if enclosed and kind == _TORRENT_TYPE else [link]
    download_url = magnet_uri = None
    places = (enclosed, _first(attributes, "magneturl") or "", *pages, guid, link)
    for text in map(str.strip, places):
        if not text or len(text) > LINK_LIMIT:
            continue
        if text.lower().startswith("magnet:"):
            magnet_uri = magnet_uri or text
        elif text is not guid and download_url is None:
            download_url = _absolute(base_url, text)
    return download_url, magnet_uri


def _absolute(base_url: str, text: str) -> str | None:
    try:
        address = urljoin(base_url, text)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc else None


def _size(item: Element, attributes: _Attributes) -> int | None:
    """Return the size in bytes; an enclosure may give the size of the .torrent file instead."""
    enclosure = item.find("enclosure")
    texts = (
        _first(attributes, "size"),
        _child(item, "size"),
        enclosure.get("length") if enclosure is not None else None,
    )
    sizes = (_integer(text) for text in texts)
    return next((size for size in sizes if size and size < _LARGEST), None)


def _categories(item: Element, attributes: _Attributes) -> tuple[int, ...]:
    texts = [
        *attributes.get("category", ()),
        *(e.text or "" for e in item.iterfind("category")),
    ]
    numbers = (_integer(text) for text in texts)
    return tuple(dict.fromkeys(n for n in numbers if n is not None))


def _first(attributes: _Attributes, name: str) -> str | None:
    values = attributes.get(name)
    return values[0] if values else None


def _child(item: Element, name: str) -> str:
    element = item.find(name)
    return (element.text or "").strip() if element is not None else ""


def _integer(text: Any) -> int | None:
    """Return a non-negative whole number, None for anything else."""
    digits = str(text or "").strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 19:
        return int(digits)
    return None


def _factor(text: str | None) -> float | None:
    try:
        factor = float(text or "")
    except ValueError:
        return None
    return factor if 0.0 <= factor <= 10.0 else None


def _date(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, OverflowError):
        return None
