"""The ladder of queries: what is asked, in what order, and when it stops."""

from typing import Any

from aiohttp import web

from custom_components.music_agregator.core.model import WorkflowStatus as S
from custom_components.music_agregator.core.search.queries import (
    QueryVariant,
    queries_for,
)
from sandbox import catalogue as c
from sandbox.web import Site
from tests.core.made_up import album
from tests.fakes import LightWorld


def ladder(**values: Any) -> list[tuple[QueryVariant, str]]:
    return [(query.variant, query.text) for query in queries_for(album(**values))]


def test_a_plain_name_has_a_short_ladder() -> None:
    assert ladder() == [
        (QueryVariant.EXACT, "Ferro Mere Slow Cartography"),
        (QueryVariant.DASHED, "Ferro Mere - Slow Cartography"),
        (QueryVariant.ARTIST, "Ferro Mere"),
    ]


def test_every_rung() -> None:
    found = ladder(
        artist="Ångström & Söhne",
        title="Næve: Ça Ira! (Deluxe Edition)",
        aliases=("Angstrom & Sons", "Söhne, Ångström", "ÅNGSTRÖM & SÖHNE", "Two", "Three"),
    )  # fmt: skip
    assert found == [
        (QueryVariant.EXACT, "Ångström & Söhne Næve: Ça Ira! (Deluxe Edition)"),
        (QueryVariant.DASHED, "Ångström & Söhne - Næve: Ça Ira! (Deluxe Edition)"),
        (QueryVariant.NO_PUNCTUATION, "Ångström Söhne Næve Ça Ira Deluxe Edition"),
        (QueryVariant.ASCII, "Angstrom and Sohne Naeve: Ca Ira! (Deluxe Edition)"),
        (QueryVariant.ALIAS, "Angstrom & Sons Næve: Ça Ira! (Deluxe Edition)"),
        (QueryVariant.ALIAS, "Two Næve: Ça Ira! (Deluxe Edition)"),
        (QueryVariant.NO_EDITION, "Ångström & Söhne Næve: Ça Ira!"),
        (QueryVariant.ARTIST, "Ångström & Söhne"),
    ]


def test_nobody_is_asked_for_various_artists() -> None:
    assert ladder(artist="Various Artists", title="Tidepool Sampler") == [
        (QueryVariant.EXACT, "Tidepool Sampler")
    ]


def test_a_name_of_signs_is_asked_for_as_it_is_and_in_words() -> None:
    assert [text for _, text in ladder(artist="Ed", title="÷")] == [
        "Ed ÷",
        "Ed - ÷",
        "Ed",
        "Ed divide",
    ]


async def test_the_next_rung_only_while_nothing_will_do(world: LightWorld) -> None:
    """The indexer of this world wants its titles in ASCII."""
    asked: list[str] = []
    good = world.indexer.api

    async def api(request: web.Request) -> web.Response:
        if request.query.get("t") == "caps":
            return await good(request)
        text = request.query.get("q") or request.query.get("album", "")
        asked.append(text)
        if "Naeve" not in text:
            return web.Response(body=b"<rss><channel/></rss>")
        return await good(request)

    world.indexer.api = api  # type: ignore[method-assign]
    site = Site(world.indexer.make_app())
    url = await site.start()
    world.torznab_url = f"{url}/api"
    await world.restart()
    await world.ask(c.NAEVE)
    story = await world.story()
    await site.close()
    assert story[-1].status is S.DOWNLOADED
    data = {event.status: event.data for event in story}
    assert data[S.PARSING_RESULTS]["queries"] == data[S.SEARCHING]["queries"][:4]
    assert "Naeve" in asked[-1]
