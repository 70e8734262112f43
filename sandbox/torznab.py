"""A Torznab stand-in over the catalogue's offers, with a few quirks of real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
import re
import unicodedata
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from .catalogue import Listing, Offer

API_KEY = "sandbox-key-8c1f"

_CAPS = """<?xml version="1.0" encoding="UTF-8"?>
<caps>
  <server title="Sandbox"/>
  <limits default="100" max="100"/>
  <searching>
    <search available="yes" supportedParams="q"/>
    <music-search available="yes" supportedParams="q,artist,album"/>
  </searching>
  <categories><category id="3000" name="Audio">
    <subcat id="3010" name="Audio/MP3"/><subcat id="3040" name="Audio/Lossless"/>
  </category></categories>
</caps>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeded:
    """An offer, and the torrent that was made of its files."""

    offer: Offer
    torrent: bytes
    magnet: str
    info_hash: str
    size_bytes: int


class Torznab:
    """The indexer; `asked` says what for, `queries` with which words (none: its feed).

    The `dead` downloads answer 404, and so do the listings: nothing is behind them.
    """

    def __init__(
        self,
        seeded: Sequence[Seeded],
        api_key: str = API_KEY,
        *,
        listings: Sequence[Listing] = (),
    ) -> None:
        self.seeded = {str(number): one for number, one in enumerate(seeded)}
        self._listings = {f"l{number}": one for number, one in enumerate(listings)}
        self.api_key = api_key
        self.asked: list[str] = []
        self.queries: list[str] = []
        self.dead: set[str] = set()

    def make_app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_get("/api", self.api)
        app.router.add_get("/download/{number}", self._download)
        return app

    async def api(self, request: web.Request) -> web.Response:
        """Answer a request; a test may put itself in front."""
        kind = request.query.get("t", "")
        self.asked.append(kind)
        if request.query.get("apikey") != self.api_key:
            return _xml('<error code="100" description="Invalid API Key"/>')
        if kind == "caps":
            return _xml(_CAPS)
        if kind not in {"search", "music"}:
            return _xml('<error code="202" description="No such function"/>')
        text = " ".join(request.query.get(k, "") for k in ("q", "artist", "album"))
        self.queries.append(text.strip())
        words = _fold(text)
        base = f"{request.scheme}://{request.host}"
        items = [
            self.item(number, one, base)
            for number, one in self.seeded.items()
            if _matches(words, one.offer)
        ]
        items += [
            self._entry(number, one, base)
            for number, one in self._listings.items()
            if words <= _fold(one.title)
        ]
        offset, limit = (
            int(request.query.get(k, d)) for k, d in (("offset", 0), ("limit", 100))
        )
        return _xml(
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
            ' xmlns:torznab="http://torznab.com/schemas/2015/feed"><channel>'
            f"{''.join(items[offset : offset + limit])}</channel></rss>"
        )

    def item(self, number: str, one: Seeded, base: str) -> str:
        """Return the item of an offer in a feed."""
        offer = one.offer
        listing = Listing(
            title=offer.title,
            size_bytes=one.size_bytes,
            seeders=offer.seeders,
            category=offer.category,
        )
        magnet = one.magnet if offer.link == "magnet" else None
        return self._entry(number, listing, base, magnet)

    def _entry(
        self, number: str, one: Listing, base: str, magnet: str | None = None
    ) -> str:
        link = f"{base}/download/{number}?apikey={self.api_key}"
        attributes = {"category": str(one.category), "size": str(one.size_bytes)}
        if one.seeders is not None:
            attributes |= {"seeders": str(one.seeders), "peers": str(one.seeders + 2)}
        if magnet is not None:
            attributes["magneturl"] = magnet
        attrs = "".join(
            f"<torznab:attr name={quoteattr(name)} value={quoteattr(value)}/>"
            for name, value in attributes.items()
        )
        return (
            f"<item><title>{escape(one.title)}</title><guid>{base}/{number}</guid>"
            f"<link>{escape(link)}</link><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate>"
            f"<enclosure url={quoteattr(link)} length='0' type='application/x-bittorrent'/>"
            f"{attrs}</item>"
        )

    async def _download(self, request: web.Request) -> web.Response:
        one = self.seeded.get(request.match_info["number"])
        is_dead = one is None or request.match_info["number"] in self.dead
        if one is None or is_dead or request.query.get("apikey") != self.api_key:
            return web.Response(status=404)
        if one.offer.link == "redirect":
            return web.Response(status=301, headers={"Location": one.magnet})
        return web.Response(body=one.torrent, content_type="application/x-bittorrent")


def _xml(text: str) -> web.Response:
    """Answer with a BOM, as some indexers do."""
    return web.Response(
        body=b"\xef\xbb\xbf" + text.encode(), content_type="application/rss+xml"
    )


def _fold(text: str) -> set[str]:
    text = text.casefold().replace("æ", "ae").replace("&", " and ")
    plain = unicodedata.normalize("NFKD", text)
    return set(re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode()))


def _matches(words: set[str], offer: Offer) -> bool:
    names = _fold(f"{offer.title} {offer.album.artist} {offer.album.title}")
    return words <= names
