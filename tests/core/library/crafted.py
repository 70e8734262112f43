"""Audio files that are made to cost their reader much: small, and never music."""

from collections.abc import Callable
from pathlib import Path
import struct
import zlib


def _sync_safe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _tag(frames: bytes) -> bytes:
    return b"ID3\x04\x00\x00" + _sync_safe(len(frames)) + frames


def _inflating(name: bytes, size: int) -> bytes:
    """A frame with the compression flag, which inflates to so many zeros."""
    packer = zlib.compressobj(9)
    chunk = b"\0" * 1_000_000
    packed = b"".join(packer.compress(chunk) for _ in range(size // len(chunk)))
    packed += packer.flush()
    body = _sync_safe(size & 0x0FFFFFFF) + packed
    return name + _sync_safe(len(body)) + b"\x00\x09" + body


def text_bomb(megabytes: int) -> bytes:
    return _tag(_inflating(b"TIT2", megabytes * 1_000_000)) + b"\xff\xfb\x90\x00" * 200


def picture_bomb(megabytes: int) -> bytes:
    return _tag(_inflating(b"APIC", megabytes * 1_000_000)) + b"\xff\xfb\x90\x00" * 200


def many_frames(count: int) -> bytes:
    frame = b"TXXX" + _sync_safe(2) + b"\0\0" + b"\0\0"
    return _tag(frame * count) + b"\xff\xfb\x90\x00" * 200


def many_chunks(count: int) -> bytes:
    chunks = struct.pack("<4sI", b"junk", 0) * count
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def many_atoms(count: int) -> bytes:
    atoms = struct.pack(">I4s", 8, b"free") * count
    kind = struct.pack(">I4s4sI", 16, b"ftyp", b"M4A ", 0)
    return kind + struct.pack(">I4s", 8 + len(atoms), b"moov") + atoms


def many_comments(count: int) -> bytes:
    """A FLAC whose comments are empty, and many."""
    info = struct.pack(">HH", 4096, 4096) + b"\0" * 6
    info += ((44_100 << 44) | (1 << 41) | (15 << 36)).to_bytes(8, "big") + b"\0" * 16
    comments = struct.pack("<I", 0) + struct.pack("<I", count)
    comments += (struct.pack("<I", 2) + b"A=") * count
    return (
        b"fLaC\x00"
        + len(info).to_bytes(3, "big")
        + info
        + b"\x84"
        + min(len(comments), 0xFFFFFF).to_bytes(3, "big")
        + comments
    )


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text of 4 MB": ("01.mp3", lambda: text_bomb(4)),
    "text of 32 MB": ("01.mp3", lambda: text_bomb(32)),
    "picture of 1,000 MB": ("01.mp3", lambda: picture_bomb(1_000)),
    "picture of 900 MB in a .flac": ("01.flac", lambda: picture_bomb(900)),
    "200,000 frames": ("01.mp3", lambda: many_frames(200_000)),
    "4,000,000 chunks": ("01.wav", lambda: many_chunks(4_000_000)),
    "3,000,000 atoms": ("01.m4a", lambda: many_atoms(3_000_000)),
    "2,000,000 comments": ("01.flac", lambda: many_comments(2_000_000)),
}


def write(folder: Path, kind: str) -> Path:
    name, make = FILES[kind]
    path = folder / name
    path.write_bytes(make())
    return path
