"""A real Torznab server, and the HTML tracker site that it reads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
import json
import os
from pathlib import Path
import subprocess
import sys

from aiohttp import ClientError, ClientSession, web

from sandbox.qbittorrent import free_port
from sandbox.torznab import Seeded
from sandbox.web import Site

API_KEY = "pyackett-key-5d2"

_DEFINITION = """---
id: looptracker
name: Loop tracker
description: "A site on loopback"
language: en-US
type: public
encoding: UTF-8
links:
  - {site}
caps:
  categorymappings:
    - {{id: 1, cat: Audio/Lossless, desc: "Lossless"}}
    - {{id: 2, cat: Audio/MP3, desc: "MP3"}}
  modes:
    search: [q]
    music-search: [q, artist, album]
settings: []
search:
  paths:
    - path: browse
  inputs:
    q: "{{{{ .Keywords }}}}"
  rows:
    selector: table.results > tbody > tr
  fields:
    category:
      selector: td.category
    title:
      selector: td.title a
    details:
      selector: td.title a
      attribute: href
    download:
      selector: td.download a
      attribute: href
    size:
      selector: td.size
    seeders:
      selector: td.seeders
    leechers:
      selector: td.leechers
    date:
      text: now
"""


def _site(seeded: Sequence[Seeded]) -> web.Application:
    """The tracker's pages: whatever is searched, it shows all that it has."""

    async def browse(_: web.Request) -> web.Response:
        rows = "".join(
            f"<tr><td class='category'>{1 if one.offer.category == 3040 else 2}</td>"
            f"<td class='title'><a href='/t/{number}'>{escape(one.offer.title)}</a></td>"
            f"<td class='download'><a href='/dl/{number}.torrent'>get</a></td>"
            f"<td class='size'>{one.size_bytes} B</td>"
            f"<td class='seeders'>{one.offer.seeders or 1}</td>"
            "<td class='leechers'>0</td></tr>"
            for number, one in enumerate(seeded)
        )
        page = f"<html><table class='results'><tbody>{rows}</tbody></table></html>"
        return web.Response(text=page, content_type="text/html")

    async def download(request: web.Request) -> web.Response:
        one = seeded[int(request.match_info["number"])]
        return web.Response(body=one.torrent, content_type="application/x-bittorrent")

    app = web.Application()
    app.router.add_get("/browse", browse)
    app.router.add_get("/dl/{number}.torrent", download)
    return app


@asynccontextmanager
async def pyackett(folder: Path, seeded: Sequence[Seeded]) -> AsyncIterator[str]:
    """Start both; yields the indexer's Torznab address."""
    site = Site(_site(seeded))
    address = await site.start() + "/"
    definitions, config = folder / "definitions", folder / "config"
    definitions.mkdir(parents=True)
    (config / "indexers").mkdir(parents=True)
    (definitions / "looptracker.yml").write_text(_DEFINITION.format(site=address))
    settings = {"sitelink": address}
    (config / "indexers/looptracker.json").write_text(json.dumps(settings))
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(
            [
                Path(sys.executable).parent / "pyackett",
                *("--host", "127.0.0.1"),
                *("--port", str(port)),
                *("--config-dir", config),
                *("--definitions-dir", definitions),
                *("--api-key", API_KEY),
            ],
            env={**os.environ, "HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(60), ClientSession() as session:
            while True:
                if process.poll() is not None:
                    raise RuntimeError((folder / "output.log").read_text()[-2000:])
                try:
                    async with session.get(base):
                        break
                except ClientError:
                    await asyncio.sleep(0.1)
        yield f"{base}/api/v2.0/indexers/looptracker/results/torznab/"
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
        await site.close()
