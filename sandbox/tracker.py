"""A BitTorrent tracker that knows one peer: the seeder."""

from aiohttp import web


def make_app(seeder_port: int) -> web.Application:
    """Return the application; every announce is answered with the seeder."""
    peer = bytes((127, 0, 0, 1)) + seeder_port.to_bytes(2, "big")
    body = b"d8:intervali5e12:min intervali1e5:peers6:" + peer + b"e"

    async def announce(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/plain")

    app = web.Application()
    app.router.add_get("/announce", announce)
    return app
