"""Facts: what the words of one title say together; the first word for a fact counts."""

from collections.abc import Mapping
from typing import Any

from ..quality import HI_RES_BITS, LOSSLESS_CODECS, Codec, Quality
from .groups import Part
from .meanings import BIT_DEPTHS, BITRATES, OTHER_WORKS, SAMPLE_RATES
from .pieces import QUOTES, Group, Kind, Piece
from .words import GENRES

# The nominal bitrates of Vorbis' qualities (kbps), as its encoder documents them.
_VORBIS = {4: 128, 5: 160, 6: 192, 7: 224, 8: 256, 9: 320, 10: 500}
_MEDIA = frozenset({"cd", "dvd", "sacd", "lp", "vinyl"})
_MORE = frozenset({"deluxe", "anniversary", "expanded"})
_ITUNES_PLUS = 256
_MOST_LOSSY = 320


class Facts:
    """Gathers meanings; markers of editions and bare numbers pile up."""

    def __init__(self) -> None:
        self._said: dict[str, Any] = {}
        self._numbers: list[int] = []
        self.edition: set[str] = set()

    def get(self, name: str) -> Any:
        """Return what was said under a name, None if nothing was."""
        return self._said.get(name)

    @property
    def are_none(self) -> bool:
        """Return whether nothing was said yet."""
        return not self._said and not self._numbers and not self.edition

    def take(self, part: Part) -> None:
        """Take in what a part says.

        A year beside a later edition is that edition's own, and a bare number among
        names ("088 113") is none of ours.
        """
        for piece in part:
            unsaid = None
            if isinstance(piece, Group):
                unsaid = _unsaid(piece)
                if _is_unknown_edition(piece):
                    self.edition.add("special")
            # What comes as a bonus is not what the release is.
            markers = {word.facts.get("edition") for word in piece.words}
            for word in piece.words:
                if word.meaning and unsaid not in word.facts:
                    self._add(_in_company(word.facts, markers))

    def say(self, name: str, value: Any) -> None:
        """Say a fact, unless it was said already."""
        self._add({name: value})

    def take_year(self, part: Part) -> None:
        """Take the year of a label's remark if none is said: `(Epic, 1992)`."""
        for piece in part:
            is_group = isinstance(piece, Group) and piece.bracket not in QUOTES
            if is_group and piece.words and not self._said.get("year"):
                ends = (piece.words[-1], piece.words[0])
                for word in (*ends, *(w for w in piece.words if "," in w.text)):
                    if word.is_year:
                        self._add({"year": word.facts["year"]})

    def take_remark(self, group: Group) -> None:
        """Take in what a remark says of a release: `(Pro Shot DVD)`, `(6 albums)`."""
        for word in group.words:
            is_medium = word.text.lower() in _MEDIA or not word.text.isalpha()
            if is_medium and word.facts.get("source") not in {None, "radio"}:
                self._add({"source": word.facts["source"]})
        if any("is_discography" in word.facts for word in group.words):
            self._add({"is_discography": True})

    def take_lead(self, piece: Piece) -> None:
        """Take in what stands before the artist, where edition markers are genres."""
        for word in piece.words:
            is_genre = word.text.lower().strip(",;") in GENRES
            if not is_genre or word.facts.get("edition") not in OTHER_WORKS:
                self._add(word.facts)

    def _add(self, facts: Any) -> None:
        for name, value in facts.items():
            if name == "edition":
                self.edition.add(value)
            elif name == "number":
                self._numbers.append(value)
            elif not self._said.get(name):
                self._said[name] = value

    def quality(self) -> Quality:
        """Return the found quality: what is said, or follows by definition.

        V0 to V2 are presets of an MP3 encoder, iTunes Plus is AAC of 256 kbps, an SACD
        holds DSD, Hi-Res is 24 bit at least, and a bitrate of the usual ladder without
        any codec has meant MP3 for as long as there have been music trackers.
        """
        said = self._said.get
        bit_depth, sample_rate = said("bit_depth"), said("sample_rate_hz")
        bitrate, vbr = said("bitrate_kbps"), said("vbr")
        codec = self._codec()
        is_lossless = codec in LOSSLESS_CODECS
        for number in self._numbers:
            if is_lossless and number in BIT_DEPTHS:
                bit_depth = bit_depth or number
            elif is_lossless and bit_depth and number in SAMPLE_RATES:
                sample_rate = sample_rate or SAMPLE_RATES[number]
            elif not is_lossless and number in BITRATES:
                bitrate = bitrate or number
        if codec is Codec.VORBIS and not bitrate:
            bitrate = _VORBIS.get(said("vorbis_quality") or 0)
        if codec is None and bitrate in BITRATES and not said("is_lossless"):
            codec = Codec.MP3
        if is_lossless and (bitrate or 0) <= _MOST_LOSSY:
            bitrate = vbr = None
        if is_lossless and said("hi_res") and codec is not Codec.DSD:
            bit_depth = bit_depth or HI_RES_BITS
        return Quality(
            codec=codec,
            bit_depth=bit_depth,
            sample_rate_hz=sample_rate,
            bitrate_kbps=bitrate or (_ITUNES_PLUS if said("itunes_plus") else None),
            vbr=vbr,
        )

    def _codec(self) -> Codec | None:
        said = self._said.get
        codec: Codec | None = said("codec")
        if codec is not None:
            return codec
        if said("is_m4a"):
            return Codec.ALAC if said("is_lossless") else Codec.AAC
        if said("itunes_plus"):
            return Codec.AAC
        if said("vbr"):
            return Codec.MP3
        is_pcm = said("bit_depth") or said("sample_rate_hz")
        return Codec.DSD if said("source") == "sacd" and not is_pcm else None


def _is_unknown_edition(group: Group) -> bool:
    """Return whether a group names an edition that has no marker: `Legacy Edition`."""
    is_named = any("edition" in word.facts for word in group.words)
    return group.kind is Kind.EDITION and not is_named


def _unsaid(group: Group) -> str | None:
    if group.kind is Kind.EDITION:
        markers = {word.facts.get("edition") for word in group.words}
        is_own = markers <= {"single", "ep", "compilation", "soundtrack", None}
        return None if is_own else "year"
    names_codec = any("codec" in word.facts for word in group.words)
    is_clear = names_codec or all(word.meaning for word in group.words)
    return None if is_clear else "number"


def _in_company(
    facts: Mapping[str, Any], markers: set[str | None]
) -> Mapping[str, Any]:
    """Return what a word says beside other markers: a stereo remix is a remaster."""
    if "edition" not in facts:
        return facts
    if "bonus" in markers or (markers & _MORE and facts["edition"] in OTHER_WORKS):
        # What comes with an album is not what it is.
        return {**facts, "edition": "bonus"}
    if facts["edition"] == "remix" and markers & {"stereo", "mono", "remaster"}:
        return {**facts, "edition": "remaster"}
    return facts
