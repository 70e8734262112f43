"""MediaReader: read strangers' audio files in a process of its own, within limits.

The process (`media_child.py`) reads many files, is started when one is to be read, and ends
when none was for a while. A file that takes more than the limits on time, CPU or memory ends
it, and counts as unreadable.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
import json
import logging
from pathlib import Path
import signal
import sys
from typing import Any, NamedTuple

import filetype
import mediafile
import mutagen

from ..model import TrackFacts
from .audio_files import facts_of

_LOGGER = logging.getLogger(__name__)

# The process is started without any path but these libraries'.
_LIBRARIES = (mediafile, filetype, mutagen)
_SCRIPT = Path(__file__).parent / "media_child.py"
# How long one file may take, also one on a disk that is slow (seconds).
FILE_SECONDS = 30.0
IDLE_SECONDS = 30.0
_END_SECONDS = 2.0
_ANSWER_LIMIT = 256 * 1024


# What may be otherwise the next time: a disk that is slow or away, a process that died.
_PASSING = frozenset({"slow", "unreadable", "died"})


class Reading(NamedTuple):
    """What a file says, and whether that is settled until the file changes."""

    facts: TrackFacts | None
    is_settled: bool


class MediaReader:
    """Reads one file at a time; `async` callers wait for their turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def read(self, path: Path, *, is_sniffed: bool = False) -> TrackFacts | None:
        """Return what the tags of a file say, nothing in particular if it has none.

        None if it is no regular file, or if it goes past the limits. With `is_sniffed`
        also for what is no music, whatever its suffix.
        """
        return (await self.look(path, is_sniffed=is_sniffed)).facts

    async def look(self, path: Path, *, is_sniffed: bool = False) -> Reading:
        """Do as `read`; say also whether another try could come to something else."""
        question = {"path": str(path), "is_sniffed": is_sniffed}
        async with self._turn:
            answer = await self._ask(question)
            if answer.get("error") == "died":
                # It may have died before, or of something else.
                answer = await self._ask(question)
        if error := answer.get("error"):
            _LOGGER.debug("A file cannot be read: %s", error)
            return Reading(None, is_settled=error not in _PASSING)
        if not answer.get("info"):
            return Reading(None if is_sniffed else TrackFacts(), is_settled=True)
        return Reading(facts_of(answer), is_settled=True)

    async def close(self) -> None:
        """End the process."""
        if self._idle is not None:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            # One that waits for a disk that is gone ends when the system lets it.
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await process.wait()

    async def _ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._idle is not None:
            self._idle.cancel()
        try:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            process = self._process
            question = json.dumps(request).encode() + b"\n"
            async with asyncio.timeout(FILE_SECONDS):
                line = await _exchange(process, question)
            answer: Mapping[str, Any] = json.loads(line)
        except TimeoutError:
            await self.close()
            return {"error": "slow"}
        except (ValueError, ConnectionError):
            return {"error": await self._why_it_died()}
        except BaseException:
            # Its answer would be taken for that to the next question.
            await self.close()
            raise
        if answer.get("error") == "memory":
            await self.close()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE_SECONDS, self._end)
        return answer

    async def _why_it_died(self) -> str:
        """Return whether the limits ended the process, or something else did."""
        process = self._process
        await self.close()
        is_limit = process is not None and process.returncode == -signal.SIGXCPU
        return "limit" if is_limit else "died"

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_SCRIPT),
            *dict.fromkeys(str(Path(m.__file__ or "").parents[1]) for m in _LIBRARIES),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=_ANSWER_LIMIT,
        )

    def _end(self) -> None:
        """Let the process end: nobody has asked for a while."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()


async def _exchange(process: Process | None, question: bytes) -> bytes:
    if process is None or process.stdin is None or process.stdout is None:
        raise ConnectionError
    process.stdin.write(question)
    return await process.stdout.readline()
