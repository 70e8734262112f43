"""Stories that several tests begin with."""

from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.quality import QualityProfile as Q
from sandbox import catalogue as c
from tests.fakes import LightWorld
from tests.helpers import until


async def downloading(
    world: LightWorld, album: c.Album, quality: Q = Q.LOSSLESS
) -> str:
    """Ask for an album, wait until it is downloading, and return the run's id."""
    world.client.step = 0.0
    answer = await world.ask(album, quality)

    def is_downloading() -> bool:
        return any(
            run.run_id == answer["run_id"] and run.status is S.DOWNLOADING
            for run in world.app.live_runs
        )

    await until(is_downloading)
    return str(answer["run_id"])


def first_choice(world: LightWorld) -> str:
    """The best for Glass Harbour in `high`; the second best is the FLAC."""
    return world.seeded[1].info_hash
