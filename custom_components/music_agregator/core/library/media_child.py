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
# What is asked of a file, by mediafile's names; for what mediafile does not know (DSDIFF,
# True Audio, TAK, raw AAC) the frames of ID3 and the keys of APEv2.
_FIELDS: dict[str, tuple[str, ...]] = {
    "albumartist": ("TPE2", "Album Artist", "ALBUMARTIST", "ALBUM_ARTIST"),
    "artist": ("TPE1", "Artist"),
    "album": ("TALB", "Album"),
    "title": ("TIT2", "Title"),
    "track": ("TRCK", "Track", "TRACKNUMBER"),
    "disc": ("TPOS", "Disc", "DISCNUMBER"),
    "year": ("TDRC", "Year", "DATE"),
    "original_year": ("TDOR", "ORIGINALDATE"),
    "comp": ("TCMP", "Compilation"),
    "mb_releasegroupid": (
        "TXXX:MusicBrainz Release Group Id",
        "MUSICBRAINZ_RELEASEGROUPID",
    ),
    "mb_albumid": ("TXXX:MusicBrainz Album Id", "MUSICBRAINZ_ALBUMID"),
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
    sys.path[:0] = sys.argv[1:]
    import mediafile  # noqa: F401, PLC0415

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
    try:
        found, tags = _parse(file)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # A broken file may make mutagen raise anything.
        return {}
    if found is None:
        return {}
    info = {name: getattr(found.info, name, None) for name in _INFO}
    return {
        "kind": type(found).__name__,
        "tags": {name: _first(value) for name, value in tags.items()},
        "info": {
            name: value if isinstance(value, (int, float)) else str(value or "")[:200]
            for name, value in info.items()
        },
    }


def _parse(file: BinaryIO) -> tuple[Any, dict[str, Any]]:
    """Return a file as mutagen knows it, and its tags by mediafile's names."""
    import mediafile  # noqa: PLC0415
    import mutagen  # noqa: PLC0415

    try:
        media = mediafile.MediaFile(file)
    except mediafile.FileTypeError:
        file.seek(0)
        found = mutagen.File(file)
        tags = getattr(found, "tags", None) or {}
        return found, {
            name: next((tags[key] for key in keys if key in tags), None)
            for name, keys in _FIELDS.items()
        }
    return media.mgfile, {name: getattr(media, name) for name in _FIELDS}


def _first(values: Any) -> str:
    value = values[0] if isinstance(values, list) and values else values
    return str(value or "")[:_TEXT_LIMIT]


if __name__ == "__main__":
    main()
