"""No conversion of a value shows its secrets, and none loses them."""

from collections.abc import Callable
import copy
from dataclasses import asdict, astuple, fields, replace
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest

from custom_components.music_agregator.core.magnets import (
    Magnet,
    Torrent,
    parse_magnet,
    parse_torrent,
)
from custom_components.music_agregator.core.model import (
    Candidate,
    Download,
    InfoHashes,
    Link,
    Release,
)
from custom_components.music_agregator.core.quality import Quality
from custom_components.music_agregator.core.settings import (
    ClientSettings,
    IndexerSettings,
    Settings,
)
from tests.servers import ROOT

KEY = "s3cr3tkey"
URL = f"http://indexer/dl?apikey={KEY}"
MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&tr=http%3A%2F%2Ft%2F{KEY}"
FILE = b"d8:announce%d:%s4:infod6:lengthi1e4:name1:x12:piece lengthi1e6:pieces0:ee" % (
    len(KEY) + 9,
    b"http://t/" + KEY.encode(),
)


def release() -> Release:
    return Release(guid=URL, title="t", download_url=URL, magnet_uri=MAGNET)


def link() -> Link:
    return Link(guid=URL, download_url=URL, magnet_uri=MAGNET, torrent=FILE)


def candidate() -> Candidate:
    return Candidate(
        rank=1, release=release(), quality=Quality(), sources=(release(), release())
    )


def download() -> Download:
    return Download(
        download_id="d",
        hashes=InfoHashes(v1="ab" * 20),
        title="t",
        quality=Quality(),
        link=link(),
    )


def client() -> ClientSettings:
    return ClientSettings(url=URL, username="me", password=KEY, api_key=KEY)


def indexer() -> IndexerSettings:
    return IndexerSettings(indexer_id="1", name="n", url=URL, api_key=KEY)


def settings() -> Settings:
    return Settings(
        instance="i", client=client(), indexers=(indexer(),), user_agent="u"
    )


def torrent() -> Torrent:
    return parse_torrent(FILE)


def magnet() -> Magnet:
    return parse_magnet(MAGNET)


VALUES: tuple[Callable[[], Any], ...] = (
    release,
    link,
    candidate,
    download,
    client,
    indexer,
    settings,
    torrent,
    magnet,
)


def shown(value: Any) -> str:
    """A value, in every way that somebody may print it."""
    texts = [repr(value), str(value), f"{value}", f"{value!a}"]
    texts += [repr(asdict(value)), repr(astuple(value))]
    texts.append(json.dumps(asdict(value), default=repr))
    texts += [repr(getattr(value, one.name)) for one in fields(value)]
    try:
        texts.append(repr(vars(value)))
    except TypeError:
        texts.append("it has none")
    return " ".join(texts)


@pytest.mark.parametrize("make", VALUES)
def test_nothing_shows_a_secret(make: Callable[[], Any]) -> None:
    value = make()
    for one in (value, copy.copy(value), copy.deepcopy(value), replace(value)):
        assert KEY not in shown(one)


@pytest.mark.parametrize("make", VALUES)
def test_nothing_loses_a_secret(make: Callable[[], Any]) -> None:
    value = make()
    assert value == make()
    for one in (
        copy.copy(value),
        copy.deepcopy(value),
        replace(value),
        pickle.loads(pickle.dumps(value)),
    ):
        assert one == value


def test_links_are_attributes_and_survive_a_change() -> None:
    changed = replace(release(), title="another")
    assert (changed.guid, changed.download_url) == (URL, URL)
    assert replace(changed, magnet_uri=None).magnet_uri is None
    assert replace(link(), guid="g").torrent == FILE


def test_two_with_other_links_are_two() -> None:
    other = replace(release(), guid="another")
    assert other != release()
    assert len({release(), release(), other}) == 2
    assert hash(release()) == hash(release())
    with pytest.raises(AttributeError):
        other.guid = "x"  # type: ignore[misc]


@pytest.mark.long
def test_what_is_shown_does_not_come_from_docstrings() -> None:
    """`python -OO` has none."""
    program = (
        "from custom_components.music_agregator.core import errors as e;"
        "from custom_components.music_agregator.core.workflow.end_reasons import end_data;"
        "print(e.AlbumNotFoundError(), end_data('no_results')['reason'], sep='|')"
    )
    told = [
        subprocess.run(
            [sys.executable, *options, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for options in ((), ("-OO",))
    ]
    assert told[0] == told[1]
    assert "MusicBrainz knows no such album" in told[0]
