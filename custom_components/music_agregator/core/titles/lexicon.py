"""The lexicon: what the words of a release title mean, in one table."""

from collections.abc import Mapping
from functools import lru_cache
import re
from typing import Any

from ..quality import Codec
from .meanings import (
    BIT_DEPTHS,
    BITRATES,
    EDITION,
    FILLER,
    NOTHING,
    SAMPLE_RATES,
    STRONG,
    WEAK,
    Meaning,
    Strength,
)
from .measures import GLUED

# The last year that a title can mean: later ones are names ("Blade Runner 2049").
_LAST_YEAR = 2035


def _rows(
    strength: Strength, fact: str, table: Mapping[Any, str]
) -> dict[str, Meaning]:
    return {
        word: Meaning(strength, {fact: value})
        for value, words in table.items()
        for word in words.split()
    }


_WORDS: dict[str, Meaning] = {
    **dict.fromkeys(
        (
            "lossy log logs cue scans scan artwork booklet covers proper repack"
            " rerip rip ripped kbps kbit khz hz mhz bit bits edition editions"
            " version eac xld cbr album retail advance internal int readnfo nfo dirfix"
            " tracks image iso iso.wv m3u tagged freeleech neutral scene perfect official"
            " zip rar full download torrent free album disc disk discs digital surround multichannel 5.1 2.0 us uk usa eu jp jpn"
            " ger fra import hdtracks qobuz tidal deezer bandcamp amazon beatport"
            " itunes store of hd by bk pdf jpg png various release pressing press original"
            " gold mfsl mofi shm xrcd k2hd mqa cd-quality"
            " standard single-sided uhqcd uhqr xrcd24 mini-lp dolby atmos boxset mobile fidelity オリジナル"
        ).split(),
        NOTHING,
    ),
    **_rows(
        STRONG,
        "codec",
        {
            Codec.FLAC: "flac webflac flacs",
            Codec.ALAC: "alac",
            Codec.WAVPACK: "wavpack",
            Codec.DSD: "dsd dsd64 dsd128 dsd256 dsd512 dsf dff sacd-iso",
            Codec.MP3: "mp3 mp3s",
            Codec.AAC: "aac mp4a he-aac",
            Codec.VORBIS: "vorbis ogg oga",
            Codec.WMA: "wma",
            Codec.APE: "monkeysaudio",
            Codec.WAV: "lpcm aiff",
        },
    ),
    **_rows(
        WEAK,
        "codec",
        {
            Codec.APE: "ape",
            Codec.OPUS: "opus",
            Codec.WAV: "wav wave pcm",
            Codec.WAVPACK: "wv",
        },
    ),
    **_rows(
        WEAK,
        "source",
        {
            "cd": "cd cdrip cd-rip cdda cdr cd-r mcd",
            "web": "web webrip web-rip web-dl webdl",
            "vinyl": "vinyl lp lps vinylrip vinyl-rip 12inch 7inch 10inch",
            "sacd": "sacd sacd-r sacdr",
            "cassette": "cassette tape k7 mc",
            "dvd": "dvd dvda dvd-a dvd-audio dvdrip dvdaudio",
            "blu_ray": "bluray blu-ray bdrip bd-a bda bd",
            "radio": "radio fm sat dab dvb cable dvbs dvb-s stream line broadcast",
        },
    ),
    **_rows(STRONG, "is_m4a", {True: "m4a m4b m4p"}),
    **_rows(FILLER, "is_lossless", {True: "lossless"}),
    **_rows(STRONG, "vbr", {"v0": "v0", "v1": "v1", "v2": "v2"}),
    **_rows(WEAK, "vbr", {"": "vbr"}),
    **_rows(WEAK, "hi_res", {True: "hi-res hires hi-rez hirez"}),
    **_rows(WEAK, "bit_depth", {16: "tr16", 24: "tr24"}),
    **dict.fromkeys(
        ("cdm", "cds"), Meaning(EDITION, {"edition": "single", "source": "cd"})
    ),
    "vls": Meaning(EDITION, {"edition": "single", "source": "vinyl"}),
    "cdep": Meaning(EDITION, {"edition": "ep", "source": "cd"}),
    **dict.fromkeys(("shm-cd", "blu-spec", "hdcd"), Meaning(WEAK, {"source": "cd"})),
    **_rows(
        EDITION,
        "edition",
        {
            "deluxe": "deluxe superdeluxe",
            "remaster": "remaster remastered remasters remastering",
            "live": "live concert unplugged ライブ концерт",
            "single": "single singles maxi",
            "ep": "ep",
            "bootleg": "bootleg unofficial",
            "anniversary": "anniversary",
            "expanded": "expanded extended",
            "bonus": "bonus",
            "limited": "limited ltd 初回限定盤 初回盤 限定盤",
            "special": "special collectors collector's",
            "reissue": "reissue reissued переиздание",
            "compilation": "compilation anthology сборник",
            "soundtrack": "ost soundtrack score o.s.t サウンドトラック саундтрек",
            "karaoke": "karaoke カラオケ",
            "tribute": "tribute",
            "instrumental": "instrumental instrumentals",
            "acoustic": "acoustic",
            "demo": "demo demos",
            "remix": "remix remixes remixed",
            "mixtape": "mixtape",
            "promo": "promo",
            "mono": "mono",
            "stereo": "stereo",
            "japanese": "japanese japan",
            "explicit": "explicit",
            "clean": "clean censored",
        },
    ),
}

# Albums by the dozen.
DISCOGRAPHY = re.compile(
    r"\b(?:(?:the|complete|full|studio|official|полная)\s+)*"
    r"(?:dis[ck]ogra(?:ph|f)(?:y|ie|ia|ía|ja|e|a)|дискография|"
    r"complete works|all albums)\b"
)
COLLECTION = re.compile(r"\b(?:albums|collection|complete|anthology)\b")

RANGE = re.compile(r"(?:19|20)\d\d\s?[-\u2010-\u2015]\s?(?:19|20)\d\d")

# What people call the music in round brackets before the artist.
GENRES = frozenset(
    (
        "rock pop metal jazz electronic electronica ambient hip-hop rap classical folk"
        " punk country blues soul r&b rnb funk house techno trance reggae ska indie"
        " alternative progressive prog psychedelic hard heavy death black doom thrash"
        " power soundtrack score industrial gothic goth post-rock post-punk shoegaze"
        " fusion bop swing big-band vocal world latin disco dub dubstep downtempo idm"
        " trip-hop experimental avant-garde noise drone new-age chanson singer-songwriter"
        " edm dance synthpop synth-pop darkwave grunge hardcore emo opera symphonic"
        " instrumental acoustic bard shanson j-pop j-rock k-pop anime"
        " рок поп шансон песня джаз метал металл рэп классика фолк панк блюз эстрада"
        " электроника романс авангард саундтрек"
    ).split()
)


_YEAR = re.compile(r"(?:19[2-9]|20[0-3])\d")
_PARTS = re.compile(r"[-/,;|+&_@.:\\・]+")
_EDGES = "@.,;:'\"!*~-/|\u2605\u2b50\ufe0f"


@lru_cache(maxsize=8192)
def meaning(word: str) -> Meaning | None:
    """Return what a word says about a release; None for a word of its name."""
    word = word.lower()
    known = _WORDS.get(word) or _WORDS.get(word := word.strip(_EDGES))
    if known is not None or not word or word.isalpha():
        return known
    if word.isdecimal() and len(word) < 5:
        return _number(word)
    for pattern, reading in GLUED:
        if match := pattern.fullmatch(word):
            return reading(match)
    parts = [part for part in _PARTS.split(word) if part]
    return _together(parts) if len(parts) > 1 else None


def _number(word: str) -> Meaning | None:
    if _YEAR.fullmatch(word):
        year = int(word)
        return Meaning(WEAK, {"year": year}) if year <= _LAST_YEAR else None
    number = 0 if word[0] == "0" else int(word)
    if number in BITRATES or number in BIT_DEPTHS or number in SAMPLE_RATES:
        return Meaning(WEAK, {"number": number})
    return None


def _together(parts: list[str]) -> Meaning | None:
    """Read `WEB/FLAC/Lossless`: every part means something, or one is unmistakable."""
    found = [meaning(part) for part in parts]
    known = [one for one in found if one is not None]
    strength = max((one.strength for one in known), default=FILLER)
    if len(known) < len(found) and strength is not STRONG:
        return None
    facts: dict[str, Any] = {}
    for one in known:
        facts = {**one.facts, **facts}
    return Meaning(strength, facts)
