"""Measures: facts in several words or joined to a unit: `24 bit / 96 kHz`, `2CD`.

None of the patterns repeats a repetition: they stay linear on any text.
"""

from collections.abc import Callable
from functools import lru_cache
import re

from ..quality import Codec
from .meanings import EDITION, NOTHING, SAMPLE_RATES, STRONG, WEAK, Meaning
from .words import MONTHS

type Reading = Callable[[re.Match[str]], Meaning]


def _kilohertz(text: str) -> int:
    """Return a sample rate in Hz: `44`, `44.1`, `44 1` and `88,2` are what they mean."""
    kilohertz = float(text.replace(",", ".").replace(" ", "."))
    return SAMPLE_RATES.get(int(kilohertz), round(kilohertz * 1000))


def century(year: int) -> int:
    """Return the year that two digits mean."""
    return (1900 if year > _LAST_SHORT_YEAR else 2000) + year


_MONTH = f"(?:{'|'.join(MONTHS)})"
_LAST_SHORT_YEAR = 35
_DEPTH = r"(16|20|24|32)"
_RATE = r"(44|48|88|96|176|192|352|384)(?:[., ][1248])?"

# The measures whose hyphen parts two things in a scene name: `4-LP`, `1988-1988`.
HYPHENED_MEASURES = frozenset({"hyphened_discs", "range"})

# The first that fits is taken.
MEASURES: tuple[tuple[str, str, Reading], ...] = (
    (
        "remaster",
        r"(?:19|20)\d\d\s(?:digital(?:ly)?\s|24[- ]?bit\s)?remaster(?:ed)?"
        r"|(?:19|20)\d\d\s(?:stereo\s|mono\s)?remix"
        r"|(?:16|20|24)[- ]?bit\s(?:digital(?:ly)?\s)?remaster(?:ed)?"
        r"|(?:digital(?:ly)?\s)?remaster(?:ed)?\s(?:in\s)?(?:19|20)\d\d",
        lambda _: Meaning(EDITION, {"edition": "remaster"}),
    ),
    (
        "depth_and_rate",
        rf"{_DEPTH}\s?-?(?:bits?|b)\s?[-/_@.,x~|\u00b7]?\s?{_RATE}(?:\s?k(?:hz)?|\s?hz)?"
        rf"|{_DEPTH}\s?[-/_~|\u00b7]\s?{_RATE}(?:\s?k?hz)?",
        lambda m: Meaning(
            STRONG,
            {
                "bit_depth": int(m[1] or m[3]),
                "sample_rate_hz": SAMPLE_RATES[int(m[2] or m[4])],
            },
        ),
    ),
    (
        "rate_and_depth",
        rf"{_RATE}\s?khz\s?[-/_@,~|]?\s?{_DEPTH}(?:[- ]?bits?|b)?"
        rf"|{_RATE}\s?[-/_]\s?{_DEPTH}(?:[- ]?bits?|b)?",
        lambda m: Meaning(
            STRONG,
            {
                "sample_rate_hz": SAMPLE_RATES[int(m[1] or m[3])],
                "bit_depth": int(m[2] or m[4]),
            },
        ),
    ),
    (
        "depth_and_rate_apart",
        r"(24)\s(48|88|96|176|192)(?:[., ][1248])?",
        lambda m: Meaning(
            STRONG,
            {"bit_depth": int(m[1]), "sample_rate_hz": SAMPLE_RATES[int(m[2])]},
        ),
    ),
    (
        "depth",
        rf"{_DEPTH}[-_. ]?bits?",
        lambda m: Meaning(STRONG, {"bit_depth": int(m[1])}),
    ),
    (
        "rate",
        r"(\d{2,3}(?:[., ]\d{1,2})?)\s?khz",
        lambda m: Meaning(STRONG, {"sample_rate_hz": _kilohertz(m[1])}),
    ),
    (
        "rate_in_hertz",
        r"(44100|48000|88200|96000|176400|192000)\s?hz",
        lambda m: Meaning(STRONG, {"sample_rate_hz": int(m[1])}),
    ),
    (
        "rate_of_dsd",
        r"(\d{1,2}[.,]\d{1,4})\s?mhz",
        lambda _: Meaning(STRONG, {}),
    ),
    (
        "bitrates",
        r"\d{2,3}\s?-\s?\d{2,3}\s?kbps",
        lambda _: Meaning(STRONG, {}),
    ),
    (
        "bitrate",
        r"[@~]?(\d{2,4})\s?-?(?:kbps|kbp/s|kbits?(?:/s|ps)?|kb/s|kbs|k/s|k|кб/с)",
        lambda m: Meaning(STRONG, {"bitrate_kbps": int(m[1])}),
    ),
    (
        "preset",
        r"(?:--)?alt-preset\s(?:standard|extreme)|-?aps",
        lambda m: Meaning(STRONG, {"vbr": "v0" if "extreme" in m[0] else "v2"}),
    ),
    (
        "box_set",
        r"box\sset",
        lambda _: Meaning(EDITION, {"edition": "box"}),
    ),
    (
        "anniversary",
        r"\d{1,3}(?:st|nd|rd|th)\sanniversary",
        lambda _: Meaning(EDITION, {"edition": "anniversary"}),
    ),
    (
        "soundtrack",
        r"bandes?\soriginales?(?:\sdu\sfilm)?|colonna\ssonora(?:\soriginale)?"
        r"|banda\ssonora(?:\soriginal)?|music\sfrom\s(?:and\sinspired\sby\s)?the\s(?:original\s)?"
        r"(?:motion\spicture|film|movie)(?:\ssoundtrack)?"
        r"|(?:complete\s)?original\s(?:motion\spicture\s|(?:video\s)?game\s|television\s|tv\s"
        r"|series\s)?(?:soundtrack|score)",
        lambda _: Meaning(EDITION, {"edition": "soundtrack"}),
    ),
    (
        "itunes_plus",
        r"itunes[ -]?plus",
        lambda _: Meaning(STRONG, {"itunes_plus": True}),
    ),
    (
        "apple_lossless",
        r"apple lossless",
        lambda _: Meaning(STRONG, {"codec": Codec.ALAC}),
    ),
    (
        "monkeys_audio",
        r"monkey'?s\saudio",
        lambda _: Meaning(STRONG, {"codec": Codec.APE}),
    ),
    ("hi_res", r"hi[- ]res(?:olution)?", lambda _: Meaning(WEAK, {"hi_res": True})),
    (
        "blu_ray",
        r"blu[- ]ray(?:[- ]audio)?",
        lambda _: Meaning(WEAK, {"source": "blu_ray"}),
    ),
    ("dvd_audio", r"dvd[- ]audio", lambda _: Meaning(WEAK, {"source": "dvd"})),
    (
        "sacd_image",
        r"sacd[- ]?iso",
        lambda _: Meaning(STRONG, {"source": "sacd", "codec": Codec.DSD}),
    ),
    (
        "range",
        r"(?:(?:19|20)\d\d|'\d\d)\s?[-\u2010-\u2015]\s?(?:(?:19|20)\d\d|'\d\d)",
        lambda _: Meaning(WEAK, {"is_range": True}),
    ),
    (
        "date",
        r"((?:19|20)\d\d)[.\-/](?:0\d|1[0-2])[.\-/][0-3]\d",
        lambda m: Meaning(WEAK, {"year": int(m[1])}),
    ),
    (
        "date_of_broadcast",
        r"[0-3]\d[.\-][0-3]\d[.\-]((?:19|20)\d\d)",
        lambda m: Meaning(WEAK, {"year": int(m[1])}),
    ),
    (
        "written_date",
        rf"{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s((?:19|20)\d\d)"
        rf"|\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH},?\s((?:19|20)\d\d)",
        lambda m: Meaning(WEAK, {"year": int(m[1] or m[2])}),
    ),
    (
        "american_date",
        r"[01]?\d/[0-3]?\d/((?:19|20)\d\d)",
        lambda m: Meaning(WEAK, {"year": int(m[1])}),
    ),
    (
        "short_american_date",
        r"[01]?\d[./-][0-3]?\d[./-](\d\d)",
        lambda m: Meaning(WEAK, {"year": century(int(m[1]))}),
    ),
    (
        "japanese_date",
        r"([4-9]\d)\.(?:0\d|1[0-2])\.[0-3]\d",
        lambda m: Meaning(WEAK, {"year": century(int(m[1]))}),
    ),
    (
        "albums",
        r"\d{1,3}\s(?:studio\s)?(?:albums|releases|альбом\w{0,2}|релиз\w{0,2})"
        r"|\d{1,3}\s?张(?:专辑|專輯)(?:全集|合集)?",
        lambda _: Meaning(WEAK, {"is_discography": True}),
    ),
    (
        "discs",
        r"\d{1,2}\s?x?\s?(?:(cd)|(lp|vinyl)|(dvd)|(sacd)|dis[ck])(?:'?s)?"
        r"|(?:(cd)|dis[ck]|disque|volume\sdisc)\s?-?\d{1,2}",
        lambda m: Meaning(WEAK, _DISCS[m.lastindex or 0]),
    ),
    (
        "hyphened_discs",
        r"\d{1,2}-(?:(cd)|(lp)|(dvd)|(sacd)|dis[ck])s?",
        lambda m: Meaning(WEAK, _DISCS[m.lastindex or 0]),
    ),
    (
        "inches",
        r"(?:\d{1,2}\s?x\s?)?(?:7|10|12)(?:\s?-?inch|''|\")(?:\s(?:maxi[ -])?single)?",
        lambda m: Meaning(
            WEAK,
            {"source": "vinyl"} | ({"edition": "single"} if "single" in m[0] else {}),
        ),
    ),
    ("ordinal", r"\d{1,2}집", lambda _: NOTHING),
    (
        "month",
        r"((?:19|20)\d\d)[.\-/](?:0[1-9]|1[0-2])(?![.\-/]?\d)",
        lambda m: Meaning(WEAK, {"year": int(m[1])}),
    ),
    (
        "percent",
        r"\d{1,3}\s?%",
        lambda _: NOTHING,
    ),
)

_DISCS: dict[int, dict[str, str]] = {
    0: {"discs": "disc"},
    1: {"source": "cd", "discs": "cd"},
    2: {"source": "vinyl", "discs": "lp"},
    3: {"source": "dvd", "discs": "dvd"},
    4: {"source": "sacd", "discs": "sacd"},
    5: {"source": "cd", "discs": "cd"},
}

_READINGS = tuple((re.compile(pattern), reading) for _, pattern, reading in MEASURES)


@lru_cache(maxsize=1024)
def read_measure(text: str) -> Meaning:
    """Return what a text of `MEASURES` says."""
    for pattern, reading in _READINGS:
        if match := pattern.fullmatch(text):
            return reading(match)
    return NOTHING


# What else is one word: `flac24`, `cbr320`, `q8`, `190703`.
GLUED: tuple[tuple[re.Pattern[str], Reading], ...] = (
    *_READINGS,
    (
        re.compile(r"flac-?(16|24)(?:-?bits?)?|(16|24)(?:-?bits?)?-?flac"),
        lambda m: Meaning(
            STRONG, {"codec": Codec.FLAC, "bit_depth": int(m[1] or m[2])}
        ),
    ),
    (
        re.compile(
            r"(?:cbr|mp3)(96|128|160|192|256|320)|(96|128|160|192|256|320)(?:cbr|mp3)"
        ),
        lambda m: Meaning(
            STRONG, {"codec": Codec.MP3, "bitrate_kbps": int(m[1] or m[2])}
        ),
    ),
    (
        re.compile(r"(flac|wav|alac)?[ -]?(16|24)(44|48|88|96|176|192)"),
        lambda m: Meaning(
            STRONG if m[1] else WEAK,
            ({"codec": Codec(m[1])} if m[1] else {})
            | {"bit_depth": int(m[2]), "sample_rate_hz": SAMPLE_RATES[int(m[3])]},
        ),
    ),
    (
        re.compile(r"cd((?:19|20)\d\d)|\d?(?:cd|v)ls?((?:19|20)\d\d)"),
        lambda m: Meaning(
            WEAK,
            {"source": "cd" if m[1] else "vinyl", "year": int(m[1] or m[2])},
        ),
    ),
    (
        re.compile(r"\d?cds\d?|(\d)?vls"),
        lambda m: Meaning(
            EDITION,
            {"edition": "single", "source": "vinyl" if "vls" in m[0] else "cd"},
        ),
    ),
    (re.compile(r"(?:19|20)\d?x{1,2}|'\d\d"), lambda _: NOTHING),
    (
        re.compile(r"-?q(10|\d)"),
        lambda m: Meaning(WEAK, {"vorbis_quality": int(m[1])}),
    ),
    (
        re.compile(r"(\d\d)(?:0\d|1[0-2])[0-3]\d"),
        lambda m: Meaning(WEAK, {"year": century(int(m[1]))}),
    ),
)
