"""Titles: a labelled corpus, and what holds for any text."""

from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.quality import Codec, Quality
from custom_components.music_agregator.core.titles import (
    ParsedTitle,
    parse_title,
    parse_title_for,
)
from custom_components.music_agregator.core.titles.wanted import WantedNames

CORPUS = Path(__file__).parent


def quality(label: str) -> Quality:
    """Read a label: `codec=flac bits=24 rate=96000`, or `-`."""
    if label == "-":
        return Quality()
    said = dict(word.split("=") for word in label.split())
    kbps, bits, rate = (said.get(name) for name in ("kbps", "bits", "rate"))
    return Quality(
        codec=Codec(said["codec"]) if "codec" in said else None,
        bit_depth=int(bits) if bits else None,
        sample_rate_hz=int(rate) if rate else None,
        bitrate_kbps=int(kbps) if kbps else None,
        vbr={"yes": ""}.get(said["vbr"], said["vbr"]) if "vbr" in said else None,
    )


def families() -> dict[str, list[list[str]]]:
    """The corpus: titles and what an expert reads in them, by family."""
    found: dict[str, list[list[str]]] = {}
    for path in sorted(CORPUS.glob("*.tsv")):
        family = path.stem
        for line in path.read_text().splitlines():
            if line.startswith("#"):
                family = f"{path.stem}: {line.strip('# ')}"
            else:
                found.setdefault(family, []).append(line.split("\t"))
    return found


FAMILIES = families()


def test_the_corpus_is_large() -> None:
    assert sum(map(len, FAMILIES.values())) >= 900


def as_labelled(parsed: ParsedTitle) -> tuple[object, ...]:
    """What was read, in the order of the labels."""
    return (
        parsed.artist or "-",
        parsed.album or "-",
        str(parsed.year or "-"),
        parsed.quality,
        parsed.source or "-",
        parsed.edition,
        parsed.is_discography,
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_an_expert_reads_the_same(family: str) -> None:
    wrong = {}
    for title, artist, album, year, found, source, edition, pack in FAMILIES[family]:
        markers = set() if edition == "-" else set(edition.split(","))
        label = (artist, album, year, quality(found), source, markers, pack == "yes")
        if (read := as_labelled(parse_title(title))) != label:
            wrong[title] = (read, label)
    assert not wrong


@pytest.mark.parametrize(
    ("title", "group"),
    [
        ("Ferro_Mere-Slow_Cartography-WEB-FLAC-1987-XYZ", "XYZ"),
        ("Ferro Mere - Slow Cartography (1987) [24bit FLAC]-XYZ", "XYZ"),
        ("Ferro Mere - Slow Cartography (1987) [24bit FLAC]", None),
    ],
)
def test_the_release_group(title: str, group: str | None) -> None:
    assert parse_title(title).group == group


@pytest.mark.parametrize("title", ["", " ", "FLAC", "()[]", " - ", "- - -", "1999"])
def test_nothing_is_invented(title: str) -> None:
    parsed = parse_title(title)
    assert (parsed.artist, parsed.album) == (None, None)


WORDS = st.sampled_from(
    "Artist Album - FLAC MP3 [320] (Live) 2019 1999 24 bit / 96 kHz ( ) [ ] { } 【 】"
    " -GRP Discography (1990 - 2015) V0 VBR 2CD Vinyl & + ÷ ... ” ' \" _ . ,".split(" ")
)


@given(st.text(max_size=600) | st.lists(WORDS, max_size=30).map(" ".join))
def test_no_title_raises_and_what_is_told_is_told_whole(title: str) -> None:
    parsed = parse_title(title)
    assert parsed == parse_title(title)
    if not parsed.is_discography:
        assert (parsed.artist is None) == (parsed.album is None)
    assert parsed.artist != ""
    assert parsed.album != ""


NAMES = WantedNames(artists=("The Paper Lanterns",), titles=("Glass Harbour",))


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Paper Lanterns Glass Harbour 2011 FLAC", True),
        ("paper.lanterns.glass.harbour.2011.flac", True),
        ("Glass Harbour by The Paper Lanterns [MP3 320]", True),
        ("Glass Harbour - The Paper Lanterns (2011) [FLAC]", True),
        ("[2011] The Paper Lanterns Glass Harbour [FLAC]", True),
        ("The Paper Lanterns 2011 Glass Harbour [FLAC] [Uploader]", True),
        ("PaperLanterns_GlassHarbour_FLAC", True),
        ("The Paper Lanterns Glass Harbour II [FLAC]", False),
        ("The Paper Lanterns Glass Harbour (Vol. 2) [FLAC]", False),
        ("The Paper Lanterns Live at Glass Harbour [FLAC]", False),
        ("The Paper Lanterns Tribute Band Glass Harbour [FLAC]", False),
        ("The Paper Lanterns Discography Glass Harbour [FLAC]", False),
        ("Glass Harbour [FLAC]", False),
    ],
)
def test_a_wanted_album_helps(title: str, found: bool) -> None:
    parsed = parse_title_for(title, NAMES)
    if found:
        assert "lanterns" in (parsed.artist or "").lower()
        assert "harbour" in (parsed.album or "").lower()
        assert parsed.quality.codec is not None
    else:
        assert parsed == parse_title(title)


def test_a_wanted_name_is_no_quality() -> None:
    parsed = parse_title_for(
        "Opus 320 2019 MP3 V0", WantedNames(artists=("Opus",), titles=("320",))
    )
    assert (parsed.artist, parsed.album) == ("Opus", "320")
    assert parsed.quality == Quality(codec=Codec.MP3, vbr="v0")


def test_a_various_artists_album_needs_no_artist() -> None:
    wanted = WantedNames(artists=("Various Artists",), titles=("Tidepool Sampler",))
    parsed = parse_title_for("Tidepool Sampler (2004) [FLAC]", wanted)
    assert parsed.album == "Tidepool Sampler"
    assert parse_title_for("More Tidepool Sampler [FLAC]", wanted) == ParsedTitle(
        quality=Quality(codec=Codec.FLAC)
    )


@given(st.text(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_no_title_raises_with_help(title: str, artist: str, album: str) -> None:
    parse_title_for(title, WantedNames(artists=(artist,), titles=(album,)))
