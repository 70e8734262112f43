"""Any mix of releases, for property tests."""

from hypothesis import strategies as st

from custom_components.music_agregator.core.model import Release
from tests.core.made_up import release

MB = 1_000_000
HASH = "c9e15763f722f23e98a29decdfae341b98d53056"

NAMES = st.sampled_from(
    [
        "Ferro Mere - Slow Cartography",
        "Ferro Mere - Slow Cartography (Deluxe Edition)",
        "Ferro_Mere-Slow_Cartography",
        "Ferro Mere Slow Cartography",
    ]
)


OTHERS = st.sampled_from(
    [
        "Ferro Mere - Slow Cartography (Live)",
        "Ferro Mere - Slow Cartography II",
        "Ferro Mere - The Unheard Side",
        "Ferro Mere - Discography",
        "Somebody Else - Slow Cartography",
        "VA - Slow Cartography - A Tribute to Ferro Mere",
        "nonsense",
    ]
)


YEARS = st.sampled_from(["", " (1987)", " (2017)", " (2031)"])


# From better to worse, for the profile `any`.
QUALITIES = ["[FLAC 24-96]", "[FLAC]", "[MP3 V0]", "[MP3 256]", "[MP3 128]"]


def offers(names: st.SearchStrategy[str]) -> st.SearchStrategy[Release]:
    return st.builds(
        lambda name, year, quality, **values: release(
            f"{name}{year} {quality}", **values
        ),
        names,
        YEARS,
        st.sampled_from(QUALITIES),
        guid=st.uuids().map(str),
        seeders=st.none() | st.integers(0, 5_000),
        size_bytes=st.none() | st.integers(0, 20_000 * MB),
        indexer=st.sampled_from(["A", "B"]),
        info_hash=st.none() | st.sampled_from([HASH, "b" * 40, "d" * 40]),
        download_volume_factor=st.none() | st.sampled_from([0.0, 0.5, 1.0]),
    )


MIXES = st.lists(offers(NAMES) | offers(OTHERS), max_size=25)
