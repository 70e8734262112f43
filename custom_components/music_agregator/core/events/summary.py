"""Summarize an event in a line, for a log or a list."""

from collections.abc import Callable, Mapping
from typing import Any

from ..model import AlbumEvent, WorkflowStatus as S

type Words = Callable[[Mapping[str, Any]], str]


def _searched(data: Mapping[str, Any]) -> str:
    silent = [
        f"{i['indexer']}: {i['error']}" for i in data["indexers"] if i.get("error")
    ]
    told = f"{data['accepted']} of {data['found']} will do"
    return ", ".join([told, *silent])


def _picked(data: Mapping[str, Any]) -> str:
    return f"{data['title']} ({data['quality']}), score {data['score']:g}"


def _reason(data: Mapping[str, Any]) -> str:
    return str(data["reason"])


_WORDS: Mapping[S, Words] = {
    S.FETCHING_METADATA: lambda data: f"{data['quality']}, {data['mode']}",
    S.CHECKING_OWNED: lambda data: f"{data['artist']} - {data['album']}",
    S.SEARCHING: lambda data: str(data["queries"][0]),
    S.PARSING_RESULTS: _searched,
    S.AWAITING_SELECTION: lambda data: f"{data['accepted']} will do: choose one",
    S.ADDING_TORRENT: _picked,
    S.COMPLETE: lambda data: f"qBittorrent has it: {data['info_hash']}",
    S.DOWNLOADING: lambda data: f"{data['percent']} %",
    S.STALLED: lambda data: f"nothing for {data['seconds']:.0f} s",
    S.DOWNLOADED: lambda data: str(data["path"]),
}


def summarize(event: AlbumEvent) -> str:
    """Return what an event says beside its status.

    An event of another version may lack the usual data; its raw data are returned then.
    """
    data = event.data
    try:
        return _WORDS.get(event.status, _reason)(data)
    except (AttributeError, LookupError, TypeError, ValueError):
        return ", ".join(f"{name}: {value}" for name, value in data.items())[:200]
