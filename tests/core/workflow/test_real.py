"""The main job on real parts: a seeder, every qBittorrent, and a real Torznab server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from custom_components.music_agregator.core.common.clock import SYSTEM_CLOCK
from custom_components.music_agregator.core.errors import IndexerAuthError
from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from custom_components.music_agregator.core.search.indexer import TorznabIndexer
from custom_components.music_agregator.core.settings import IndexerSettings
from sandbox import catalogue as c
from tests.core.real_parts import RealParts, open_real_parts
from tests.pyackett import API_KEY as PYACKETT_KEY, pyackett

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(600),
    pytest.mark.long,
    pytest.mark.usefixtures("socket_enabled"),
]


@pytest.fixture(params=[4, 5])
async def real(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[RealParts]:
    async with open_real_parts(tmp_path, request.param) as real:
        yield real


async def test_albums_come_to_lie_on_disk(real: RealParts) -> None:
    """By magnet, by redirect to a magnet, and as a private .torrent file."""
    wanted = {
        "The Paper Lanterns - Glass Harbour (2011) [FLAC]": (
            c.GLASS_HARBOUR,
            Q.LOSSLESS,
        ),
        "Angstrom and Sohne - Naeve Ca Ira (1998) [FLAC]": (c.NAEVE, Q.ANY),
        "VA - Tidepool Sampler (2004) [FLAC]": (c.TIDEPOOL_SAMPLER, Q.HIGH),
    }
    for title, (album, quality) in wanted.items():
        story = await real.get(album, quality)
        done = story[-1]
        assert done.status is S.DOWNLOADED, done
        assert [e.status for e in story].count(S.DOWNLOADING) >= 1
        different = real.world.differences(real.offer(title), Path(done.data["path"]))
        assert different == []
    torrents: Any = await asyncio.to_thread(real.client.client().torrents_info)
    assert len(torrents) == 3
    for torrent in torrents:
        assert torrent["category"] == "music_agregator"
        assert "music_agregator:real:" in torrent["tags"]
    again = await real.get(c.GLASS_HARBOUR, Q.LOSSLESS)
    assert again[-1].status is S.ALREADY_OWNED


async def test_a_real_torznab_server(real: RealParts, tmp_path: Path) -> None:
    """Its links are a proxy with the key in them, and it shows what nobody asked for."""
    async with pyackett(tmp_path / "pyackett", real.world.seeded) as address:
        settings = IndexerSettings(
            indexer_id="p", name="Pyackett", url=address, api_key=PYACKETT_KEY
        )
        wrong = IndexerSettings(
            indexer_id="w", name="Wrong", url=address, api_key="wrong"
        )
        with pytest.raises(IndexerAuthError):
            await TorznabIndexer(real.session, SYSTEM_CLOCK, wrong).caps()
        caps = await TorznabIndexer(real.session, SYSTEM_CLOCK, settings).caps()
        assert caps.finds_albums
        await real.app.close()
        real.indexers = [settings]
        await real.start()
        story = await real.get(c.SLOW_CARTOGRAPHY, Q.LOSSLESS)
        assert story[-1].status is S.DOWNLOADED, story[-1]
        (parsed,) = [e.data for e in story if e.status is S.PARSING_RESULTS]
        assert parsed["found"] == len(c.OFFERS)
        assert parsed["accepted"] == 2
        offer = real.offer("Ferro Mere - Slow Cartography (1987) [FLAC]")
        assert real.world.differences(offer, Path(story[-1].data["path"])) == []
        told = repr([event.as_dict() for event in await real.app.history.events()])
        assert PYACKETT_KEY not in told
