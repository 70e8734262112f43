"""Cases of titles: how each is to be read, and how it is to be decided.

The columns are those of the first line: an empty one is not judged, `-` is None, and `|`
parts answers that are all right.
"""

from collections.abc import Iterator
import csv
from dataclasses import dataclass
from pathlib import Path
import re
import unicodedata

from custom_components.music_agregator.core.decision import decide
from custom_components.music_agregator.core.model import Album, Edition, Release
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.titles import ParsedTitle, parse_title

# Which columns each figure of a report is made of.
ASPECTS = {
    "names": ("artist", "album", "is_discography"),
    "quality": ("codec", "bit_depth", "sample_rate_hz", "bitrate_kbps", "vbr"),
    "year": ("year",),
    "source": ("source",),
}
_BRACKETS = re.compile(r"[(\[{【「『《〈][^()\[\]{}]*?[)\]}】」』》〉]")
_MAGNET = "magnet:?xt=urn:btih:" + "0" * 40


@dataclass(frozen=True, kw_only=True)
class TitleCase:
    """One line of a file of cases."""

    said: dict[str, str]

    @property
    def title(self) -> str:
        """The title as an indexer gives it."""
        return self.said["title"]

    @property
    def family(self) -> str:
        """What it is an example of."""
        return self.said["family"]

    @property
    def is_near_miss(self) -> bool:
        """Whether the release is not to be accepted."""
        return self.said["accept"] == "no"

    def wrong(self, aspect: str) -> dict[str, tuple[str, str]] | None:
        """Return what was read wrong and what was right; None if nothing is judged."""
        parsed = parse_title(self.title)
        asked = {name: self.said[name] for name in ASPECTS[aspect]}
        asked = {name: right for name, right in asked.items() if right}
        if not asked:
            return None
        read = {name: _read(parsed, name) for name in asked}
        return {
            name: (read[name], right)
            for name, right in asked.items()
            if not any(_same(name, read[name], one) for one in right.split("|"))
        }

    def is_named(self, artist: str, album: str) -> bool:
        """Return whether two names are what the line says; what is not judged is right."""
        read = {"artist": artist, "album": album}
        return all(
            not self.said[name]
            or any(_same(name, one, right) for right in self.said[name].split("|"))
            for name, one in read.items()
        )

    @property
    def is_decided(self) -> bool:
        """Whether the line says how to decide."""
        return bool(self.said["accept"])

    def reasons(self) -> tuple[str, ...]:
        """Return the reasons against a release of that title."""
        release = Release(
            guid="1",
            title=self.title,
            size_bytes=None,
            seeders=9,
            magnet_uri=_MAGNET,
            indexer="I",
        )
        profile = QualityProfile(self.said["profile"])
        [candidate] = decide(self.album(), profile, [release])
        return tuple(
            f"{reason.code} {reason.details or ''}" for reason in candidate.reasons
        )

    def album(self) -> Album:
        """Return the wanted album, with one edition of 12 tracks of unknown length."""
        artist, *artists = self.said["wanted_artist"].split("|")
        title, *aliases = self.said["wanted_album"].split("|")
        kinds = [kind for kind in self.said["wanted_types"].split("; ") if kind]
        year = self.said["wanted_year"] or None
        edition = Edition(edition_id="e", title=title, date=year, track_count=12)
        return Album(
            album_id="a",
            title=title,
            artist=artist,
            artists=tuple(artists) or (artist,),
            aliases=tuple(artists),
            title_aliases=tuple(aliases),
            disambiguation=self.said["wanted_disambiguation"],
            first_release_date=year,
            primary_type=kinds[0] if kinds else None,
            secondary_types=tuple(kinds[1:]),
            editions=(edition,),
        )


def read_cases(path: Path) -> Iterator[TitleCase]:
    """Yield the cases of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield TitleCase(said={name: value or "" for name, value in row.items()})


def _read(parsed: ParsedTitle, name: str) -> str:
    if name == "is_discography":
        return "yes" if parsed.is_discography else "no"
    if name == "vbr":
        vbr = parsed.quality.vbr
        return "-" if vbr is None else vbr or "yes"
    has = name in {"artist", "album", "year", "source"}
    value = getattr(parsed if has else parsed.quality, name)
    return "-" if value is None else str(value)


def _same(name: str, read: str, right: str) -> bool:
    if name not in {"artist", "album"} or "-" in {read, right}:
        return read == right
    return _folded(read) == _folded(right)


def _folded(name: str) -> str:
    """Fold a name: accents, case, width, punctuation and brackets do not count."""
    text = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(char for char in _BRACKETS.sub(" ", text) if char.isalnum())
    return bare or "".join(c for c in text if c.isalnum()) or text.strip()
