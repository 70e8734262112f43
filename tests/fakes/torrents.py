"""Torrents without files, for what only looks at names and hashes."""

import hashlib

from sandbox.catalogue import Album, Offer
from sandbox.torznab import Seeded


def contents_of(one: Seeded) -> list[tuple[str, int]]:
    """What is in an offer's torrent, as its seeder would have it."""
    offer = one.offer
    kind = "mp3" if offer.codec == "mp3" else "flac"
    albums = offer.pack or (offer.album,)
    place = -1 if "2017" in offer.title and not offer.pack else 0
    tracks = [
        f"{_folder(offer, album)}/{number:02} {title}.{kind}"
        for album in albums
        for number, (title, _) in enumerate(album.editions[place].tracks, start=1)
    ]
    each = one.size_bytes // len(tracks)
    music = [(name, each) for name in tracks]
    return [*music, (f"{_folder(offer, albums[0])}/cover.jpg", 100)]


def _folder(offer: Offer, album: Album) -> str:
    if not offer.pack:
        return offer.name
    return f"{offer.name}/{album.first_date[:4]} - {album.title}"


def light_torrent(offer: Offer) -> Seeded:
    """A torrent without files, for what only looks at its name and hash."""
    name = offer.title.encode()
    private = b"7:privatei1e" if offer.link == "torrent" else b""
    info = b"d6:lengthi60000e4:name%d:%s12:piece lengthi65536e6:pieces20:%s%se" % (
        len(name),
        name,
        hashlib.sha1(name).digest(),
        private,
    )
    data = b"d8:announce23:http://127.0.0.1:9/sek/4:info" + info + b"e"
    info_hash = hashlib.sha1(info).hexdigest()
    return Seeded(
        offer=offer,
        torrent=data,
        magnet=f"magnet:?xt=urn:btih:{info_hash}&tr=http%3A%2F%2F127.0.0.1%3A9%2Fpasskey-77",
        info_hash=info_hash,
        size_bytes=light_size(offer),
    )


def light_size(offer: Offer) -> int:
    """As many bytes as the music would take."""
    seconds = sum(length for _, length in offer.album.editions[0].tracks) // 1000
    kbps = {"flac": 900, "flac24": 2_800}.get(offer.codec)
    return seconds * (kbps or int(offer.title.split()[-1].strip("]"))) * 125
