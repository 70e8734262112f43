"""The store of a notebook that version 0.1.0 left behind is opened as it was."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.music_agregator.core.errors import StoreTooOldError
from custom_components.music_agregator.core.events.history import History
from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.responses import candidate_data
from custom_components.music_agregator.core.store import schema
from custom_components.music_agregator.core.store.read_only import ReadOnlyDatabase
from tests.fakes import FakeTorrentClient, KeptDatabase, LightWorld, ManualClock
from tests.helpers import until
from tests.servers import ROOT

FOLDER = ROOT / "tests/kept"
KEPT: dict[str, Any] = json.loads(
    gzip.decompress((FOLDER / "notebook.json.gz").read_bytes())
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notebook.db"
    path.write_bytes(gzip.decompress((FOLDER / "notebook.db.gz").read_bytes()))
    return path


async def test_it_shows_what_it_showed_and_its_run_goes_on(
    file: Path, socket_enabled: None
) -> None:
    client, clock = FakeTorrentClient(step=0.0), ManualClock()
    client.torrents = KEPT["torrents"]
    clock.advance(KEPT["now"] - clock.now())
    database = KeptDatabase(f"sqlite:///{file}")
    async with LightWorld(database=database, client=client, clock=clock) as world:
        assert world.app.store_id == KEPT["store_id"]
        history = world.app.history
        events = await history.run_events()
        assert [event.as_dict() for event in events] == KEPT["events"]
        runs = await history.runs()
        assert [
            [r.run_id, r.album_id, r.status.value, r.artist, r.album_title]
            for r in runs
        ] == KEPT["runs"]
        for run_id, before in KEPT["candidates"].items():
            _, found = await history.candidates(run_id)
            assert [candidate_data(one) for one in found] == before
        (live,) = world.app.live_runs
        client.step = 0.5
        await until(lambda: not world.app.live_runs)
        assert (await history.run(live.run_id)).status is S.DOWNLOADED
    await database.close_for_good()


async def test_it_is_not_changed_by_a_reader_and_read_once_it_is_upgraded(
    file: Path,
) -> None:
    before = file.read_bytes()
    reader = ReadOnlyDatabase(str(file))
    with pytest.raises(StoreTooOldError):
        await reader.read(schema.check)
    await reader.close()
    assert file.read_bytes() == before
    owner = KeptDatabase(f"sqlite:///{file}")
    assert await owner.write(schema.prepare) == KEPT["store_id"]
    await owner.close_for_good()
    reader = ReadOnlyDatabase(str(file))
    assert await reader.read(schema.check) == KEPT["store_id"]
    (first, *_) = await History(reader).run_events()
    assert first.as_dict() == KEPT["events"][0]
    assert all(run.requested_by is None for run in await History(reader).runs())
    await reader.close()
