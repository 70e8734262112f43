"""A folder of its own for each torrent, so that no byte of anybody else is in its way.

A torrent's names are a stranger's: in a folder that the user has they could mean the user's
own files, which the client would overwrite, and delete with the torrent. Only a torrent in a
folder of ours is removed with its files.
"""

import re
import unicodedata

from ..model import Download, Run, album_name
from .client import TorrentState

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_OURS = re.compile(r"\{[0-9a-f]{8}\.[0-9a-z]{8}\}$")
_LONGEST = 80


def own_folder(run: Run, download: Download) -> str:
    """Return the name of a torrent's folder: the same for a run, another for the next.

    It begins with the album's name, as far as every file system takes it.
    """
    name = album_name(run.artist, run.album_title, run.album_id)
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", name))
    name = name.encode(errors="replace")[:_LONGEST].decode(errors="ignore").strip(". ")
    torrent, request = download.hashes.ids[0][:8], run.run_id[-8:].lower()
    return f"{name or 'Album'} {{{torrent}.{request}}}"


def is_in_own_folder(state: TorrentState) -> bool:
    """Return whether a torrent lies in the folder that we have made for it."""
    folder = (state.save_path or "").replace("\\", "/").rstrip("/")
    found = _OURS.search(folder)
    if found is None:
        return False
    return any(name.startswith(found[0][1:9]) for name in state.hashes.ids)
