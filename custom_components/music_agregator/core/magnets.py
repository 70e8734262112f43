"""Magnets and .torrent files: their names, trackers and info-hashes.

An info-hash is taken over the raw bytes of `info`: encoding it again would change the
hash of a torrent with unsorted keys, and such torrents exist.
"""

import base64
import binascii
from dataclasses import InitVar, dataclass
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from .errors import TorrentFormatError
from .model import Hiding, InfoHashes, hiding

_HEX_V1 = re.compile(r"[0-9a-fA-F]{40}")
_BASE32 = re.compile(r"[2-7A-Za-z]{32}")
_MULTIHASH_V2 = re.compile(r"1220([0-9a-fA-F]{64})")
_ENCODED = re.compile(r"magnet(?:%3a|:%3f)", re.IGNORECASE)
_TWICE = re.compile(r"^(?:magnet:){2,}", re.IGNORECASE)
_LINE_ENDS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")

MAGNET_LIMIT = 64 * 1024
_DEEPEST = 64
# Every list, dictionary and number ends with an "e", every text begins with a colon.
_MOST_VALUES = 1_000_000
_LARGEST = 1 << 50


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Magnet(Hiding):
    """A parsed magnet. Its URI and trackers may hold a passkey."""

    if TYPE_CHECKING:
        uri: str
        trackers: tuple[str, ...] = ()
    else:
        uri: InitVar[str] = ""
        trackers: InitVar[tuple[str, ...]] = ()
    info_hash: str | None = None
    info_hash_v2: str | None = None
    name: str | None = None

    @property
    def hashes(self) -> InfoHashes:
        """Return its info-hashes."""
        return InfoHashes(v1=self.info_hash, v2=self.info_hash_v2)


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Torrent(Hiding):
    """A parsed .torrent. Its bytes and trackers may hold a passkey."""

    if TYPE_CHECKING:
        data: bytes
        trackers: tuple[str, ...] = ()
    else:
        data: InitVar[bytes] = b""
        trackers: InitVar[tuple[str, ...]] = ()
    info_hash: str | None
    info_hash_v2: str | None = None
    name: str | None = None
    private: bool = False
    size_bytes: int | None = None

    @property
    def hashes(self) -> InfoHashes:
        """Return its info-hashes."""
        return InfoHashes(v1=self.info_hash, v2=self.info_hash_v2)


def parse_magnet(uri: str) -> Magnet:
    """Parse a magnet URI, or a bare v1 hash.

    Hashes are returned in lower hex, base32 decoded. Raises TorrentFormatError when it
    has no BitTorrent hash.
    """
    uri = _as_pasted(uri)
    if not uri.isprintable():
        raise TorrentFormatError("no magnet")
    if _HEX_V1.fullmatch(uri):
        uri = f"magnet:?xt=urn:btih:{uri.lower()}"
    scheme, _, query = uri.partition("?")
    if scheme.lower() != "magnet:" or len(uri) > MAGNET_LIMIT:
        raise TorrentFormatError("no magnet")
    info_hash = info_hash_v2 = name = None
    trackers = []
    for key, value in parse_qsl(query, errors="replace"):
        word = key.lower().partition(".")[0]
        if word == "xt":
            v1, v2 = _exact_topic(value)
            info_hash, info_hash_v2 = info_hash or v1, info_hash_v2 or v2
        elif word == "dn":
            name = name or value
        elif word == "tr":
            trackers.append(value)
    if not (info_hash or info_hash_v2):
        raise TorrentFormatError("a magnet without a BitTorrent hash")
    return Magnet(
        uri=uri,
        info_hash=info_hash,
        info_hash_v2=info_hash_v2,
        name=name,
        trackers=tuple(trackers),
    )


def _as_pasted(text: str) -> str:
    """Return a magnet as it was before a browser, a chat or a form changed it."""
    text = text[: MAGNET_LIMIT * 3 + 1].strip()
    if _ENCODED.match(text):
        text = unquote(text, errors="replace")
    text = _TWICE.sub("magnet:", text.replace("&amp;", "&"))
    return "".join(
        quote(char) if char.isspace() and char not in _LINE_ENDS else char
        for char in text
    )


def _exact_topic(urn: str) -> tuple[str | None, str | None]:
    """Return the v1 or the v2 hash of a URN, in lower hex."""
    kind, _, digest = urn.rpartition(":")
    if kind.lower() == "urn:btih":
        return normalise_hash(digest), None
    multihash = _MULTIHASH_V2.fullmatch(digest)
    if kind.lower() == "urn:btmh" and multihash:
        return None, multihash[1].lower()
    return None, None


def normalise_hash(digest: str) -> str | None:
    """Return a v1 hash, given in hex or base32, as lower hex; None if it is neither."""
    digest = digest.strip()
    if _HEX_V1.fullmatch(digest):
        return digest.lower()
    if _BASE32.fullmatch(digest):
        try:
            return base64.b32decode(digest.upper()).hex()
        except binascii.Error:
            return None
    return None


def parse_torrent(data: bytes) -> Torrent:
    """Parse a .torrent file (BEP 3 and 52); ignore what follows its end.

    Raises TorrentFormatError when it is not one.
    """
    if data.count(b"e") > _MOST_VALUES or data.count(b":") > _MOST_VALUES:
        raise TorrentFormatError("a .torrent file with too many values")
    try:
        whole, spans, _ = _dictionary(data, 0)
        start, end = spans[b"info"]
        info, info_spans, _ = _dictionary(data, start)
    except (IndexError, KeyError, ValueError, RecursionError):
        raise TorrentFormatError("no .torrent file") from None
    raw = data[start:end]
    version = info.get(b"meta version")
    is_v2 = version == 2
    is_v1 = b"pieces" in info_spans
    if not (is_v1 or is_v2):
        raise TorrentFormatError("a .torrent file without pieces")
    return Torrent(
        data=data,
        info_hash=hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        if is_v1
        else None,
        info_hash_v2=hashlib.sha256(raw).hexdigest() if is_v2 else None,
        name=_text(info.get(b"name")),
        private=info.get(b"private") == 1,
        trackers=_trackers(whole),
        size_bytes=_size(info),
    )


type _Value = int | bytes | list[_Value] | dict[bytes, _Value]
type _Spans = dict[bytes, tuple[int, int]]


def _dictionary(
    data: bytes, start: int, depth: int = 0
) -> tuple[dict[bytes, _Value], _Spans, int]:
    """Return the dictionary at `start`, the span of each raw value, and its end."""
    if data[start : start + 1] != b"d":
        raise ValueError
    found: dict[bytes, _Value] = {}
    spans: _Spans = {}
    at = start + 1
    while data[at] != ord("e"):
        key, at = _string(data, at)
        value, end = _value(data, at, depth + 1)
        found.setdefault(key, value)
        spans.setdefault(key, (at, end))
        at = end
    return found, spans, at + 1


def _value(data: bytes, at: int, depth: int) -> tuple[_Value, int]:
    if depth > _DEEPEST:
        raise ValueError
    kind = data[at : at + 1]
    if kind == b"d":
        found, _, end = _dictionary(data, at, depth)
        return found, end
    if kind == b"l":
        items: list[_Value] = []
        at += 1
        while data[at] != ord("e"):
            item, at = _value(data, at, depth + 1)
            items.append(item)
        return items, at + 1
    if kind == b"i":
        end = data.index(b"e", at, at + 24)
        return int(data[at + 1 : end]), end + 1
    return _string(data, at)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    colon = data.index(b":", at, at + 12)
    digits = data[at:colon]
    if not digits.isdigit():
        raise ValueError
    end = colon + 1 + int(digits)
    if end > len(data):
        raise ValueError
    return data[colon + 1 : end], end


def _text(value: _Value | None) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else None


def _trackers(whole: dict[bytes, _Value]) -> tuple[str, ...]:
    found = [whole.get(b"announce")]
    tiers = whole.get(b"announce-list")
    for tier in tiers if isinstance(tiers, list) else ():
        found.extend(tier if isinstance(tier, list) else ())
    texts = (_text(value) for value in found if value)
    return tuple(dict.fromkeys(text for text in texts if text))


def _size(info: dict[bytes, _Value]) -> int | None:
    length = info.get(b"length")
    if isinstance(length, int):
        return length if 0 <= length <= _LARGEST else None
    files = info.get(b"files")
    if not isinstance(files, list):
        tree = info.get(b"file tree")
        total = _size_of_tree(tree) if isinstance(tree, dict) else None
        return total if total is not None and total <= _LARGEST else None
    lengths = [file.get(b"length") for file in files if isinstance(file, dict)]
    total = sum(length for length in lengths if isinstance(length, int))
    return total if 0 <= total <= _LARGEST else None


def _size_of_tree(tree: dict[bytes, _Value]) -> int | None:
    """Return the sum of the files of a v2 torrent: a leaf has an empty name (BEP 52)."""
    lengths: list[int] = []
    folders = [tree]
    while folders:
        folder = folders.pop()
        for name, value in folder.items():
            if not isinstance(value, dict):
                continue
            length = value.get(b"length")
            if name:
                folders.append(value)
            elif isinstance(length, int) and length >= 0:
                lengths.append(length)
    return sum(lengths) if lengths else None
