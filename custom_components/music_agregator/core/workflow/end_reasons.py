"""Why a run ended, as a code and one sentence that says what to change."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

END_REASONS = {
    "already_owned": (
        "This album is on disk already ({quality}); remove it from qBittorrent to get"
        " it again, or ask for a better quality."
    ),
    "in_library": (
        "This album is in your library already ({quality}, in {folder}); ask for a"
        " better quality, or take it out of the library."
    ),
    "no_results": (
        "No indexer has this album; add an indexer, or ask again another day."
    ),
    "nothing_acceptable": (
        "None of the releases that were found will do ({why}); try another quality."
    ),
    "no_more_candidates": (
        "Every acceptable release was tried and none could be had; ask again another"
        " day, or try another quality."
    ),
    "declined": (
        "None of the releases was chosen; ask again another day, or try another"
        " quality."
    ),
    "cancelled": "Cancelled on request; ask again whenever you want it.",
    "removed_in_client": (
        "Somebody removed the torrent in qBittorrent; ask again to get it anew."
    ),
    "left_out": (
        "Somebody left all of its files out in qBittorrent; ask again to get it anew."
    ),
    "album_not_found": "MusicBrainz knows no such album; check the album id.",
    "album_merged": (
        "MusicBrainz merged this album into {album_id}; it goes on as run {run_id}."
    ),
    "metadata_error": (
        "MusicBrainz answered what nobody can use ({detail}); check the server's"
        " address in the options, or ask again later."
    ),
    "no_indexers": "There is no indexer; add one to the integration.",
    "indexers_failed": (
        "No indexer could be searched ({detail}); check their addresses and API keys."
    ),
    "client_auth": (
        "qBittorrent refuses the login; correct the user name and password, then"
        " retry the run."
    ),
    "client_banned": (
        "qBittorrent bans this address after wrong logins; correct the password,"
        " restart qBittorrent or wait an hour, then retry the run."
    ),
    "client_refused": (
        "qBittorrent takes none of the acceptable releases; look into its log, or try"
        " another quality."
    ),
    "too_many_attempts": (
        "{tried} downloads were tried and none could be had; raise the limit in the"
        " options, or ask again another day."
    ),
    "torrent_error": "qBittorrent reports an error with the torrent's files.",
    "missing_files": "The torrent's files are missing.",
    "stalled": "The torrent did not move any more: nobody seeds all of it.",
    "no_metadata": "The torrent did not begin: nobody sent even its list of files.",
    "refused_again": "qBittorrent lost the torrent, and refuses it now.",
    "fake_program": "A fake: there is a program in it ({file}).",
    "fake_archive": "A fake: the music is not there, but an archive is ({file}).",
    "no_music_inside": "There is no music in it.",
    "wrong_codec": "A fake: {promised} was promised, {found} is in it.",
    "lesser_quality": "{promised} was promised, but only {found} is in it.",
    "too_few_tracks": "Only {found} tracks are in it; the album has {wanted}.",
    "too_short": "It plays for {found} only; the album takes {wanted}.",
    "unreadable_music": "{found} of its files are no music at all.",
    "not_in_pack": "The album is not in the pack.",
    "too_small_inside": (
        "The album takes {size} in the pack, {kbps} kbps; {limit} are the least."
    ),
    "internal_error": "Something unforeseen went wrong; the log says more.",
}


def end_data(code: str, **details: Any) -> dict[str, Any]:
    """Return the data of an outcome: its code, its sentence and the details in it."""
    known = code if code in END_REASONS else "internal_error"
    blanks = {"detail": "", **details}
    return {"error": known, "reason": END_REASONS[known].format(**blanks), **details}


def most_common(codes: Iterable[str]) -> str:
    """Return the most common reasons for rejecting, in words."""
    return ", ".join(
        f"{code.replace('_', ' ')}: {count}"
        for code, count in Counter(codes).most_common(3)
    )
