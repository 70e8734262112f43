"""Read audio files in a process of its own: one path a line in, one answer a line out.

`media_reader.py` starts it as a script. Strangers' files may take all CPU or memory of
the process that parses them: here that ends this one only. It imports nothing of ours.
"""

from contextlib import suppress
from io import BytesIO
import json
import os
import stat
import sys
from typing import Any, BinaryIO

# Of one file: seconds of CPU, and bytes of memory beyond what the process began with.
CPU_SECONDS = 10
MEMORY_BYTES = 256 * 1024 * 1024
HEAD_BYTES = 1_000_000
_TEXT_LIMIT = 500
# The easy names of ID3 frames, which mutagen knows for MP3 and True Audio only.
_ID3_FRAMES = {
    "albumartist": "TPE2",
    "artist": "TPE1",
    "album": "TALB",
    "musicbrainz_releasegroupid": "TXXX:MusicBrainz Release Group Id",
    "musicbrainz_albumid": "TXXX:MusicBrainz Album Id",
}
_INFO = (
    "length",
    "sample_rate",
    "bits_per_sample",
    "bitrate",
    "codec",
    "encoder_settings",
)


class NotRegularError(OSError):
    """A pipe, a device or a folder, which is never read."""


def main() -> None:
    """Answer until the caller closes its end."""
    sys.path.insert(0, sys.argv[1])
    import mutagen  # noqa: F401, PLC0415

    _limit_memory()
    for line in sys.stdin.buffer:
        _limit_cpu()
        answer = _answer(**json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if answer.get("error") == "memory":
            # Half of it may still be in use.
            return


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        pages = int(open("/proc/self/statm").read().split()[0])  # noqa: PTH123, SIM115
        most = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_cpu() -> None:
    """Have the system end this process when a file takes too long."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _answer(path: str, is_sniffed: bool) -> dict[str, Any]:
    """Return what a file says; `error` if nothing can be known of it."""
    try:
        with _open(path) as file:
            found = _read(file)
            if is_sniffed and not found.get("info"):
                file.seek(0)
                found = _read(BytesIO(file.read(HEAD_BYTES)))
            return found
    except MemoryError:
        return {"error": "memory"}
    except NotRegularError:
        return {"error": "not regular"}
    except OSError:
        return {"error": "unreadable"}


def _open(path: str) -> BinaryIO:
    """Open a regular file; a pipe or a device might never end. Raises OSError."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=opener)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotRegularError
    return file


def _read(file: BinaryIO) -> dict[str, Any]:
    import mutagen  # noqa: PLC0415
    from mutagen.id3 import ID3  # noqa: PLC0415

    try:
        found = mutagen.File(file, easy=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # A broken file may make mutagen raise anything.
        return {}
    if found is None:
        return {}
    tags = found.tags or {}
    names = _ID3_FRAMES if isinstance(tags, ID3) else {n: n for n in _ID3_FRAMES}
    info = {name: getattr(found.info, name, None) for name in _INFO}
    return {
        "kind": type(found).__name__,
        "tags": {name: _first(tags.get(key)) for name, key in names.items()},
        "info": {
            name: value if isinstance(value, (int, float)) else str(value or "")[:200]
            for name, value in info.items()
        },
    }


def _first(values: Any) -> str:
    value = values[0] if isinstance(values, list) and values else values
    return str(value or "")[:_TEXT_LIMIT]


if __name__ == "__main__":
    main()
