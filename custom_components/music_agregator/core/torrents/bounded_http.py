"""Bound what an answer to qbittorrent-api may cost: its size, its time, its redirects.

The library reads whole answers with `requests`, of any size, for as long as bytes come, and
follows redirects with the login in the body. A hook reads them instead.
"""

from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError

ANSWER_LIMIT = 64 * 1024 * 1024
ANSWER_SECONDS = 30.0
_PIECE = 16 * 1024


def request_arguments(*, verify_certificate: bool) -> dict[str, Any]:
    """Return the arguments of every request.

    `verify` is said each time: else an environment variable has the last word.
    """
    return {
        "timeout": (5, 10),
        "allow_redirects": False,
        "stream": True,
        "verify": verify_certificate,
        "hooks": {"response": _read},
    }


def _read(response: requests.Response, *_: object, **__: object) -> requests.Response:
    """Read an answer within the limits. Raises ConnectionError."""
    try:
        body = _body(response)
    except (OSError, HTTPError) as error:
        response.close()
        raise requests.ConnectionError("no whole answer") from error
    # There is no other way to give `requests` a body that it has not read itself.
    response._content = body  # noqa: SLF001
    response._content_consumed = True  # noqa: SLF001
    return response


def _body(response: requests.Response) -> bytes:
    if response.is_redirect:
        raise OSError("a redirect")
    until = monotonic() + ANSWER_SECONDS
    body = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > ANSWER_LIMIT or monotonic() > until:
            raise OSError("too much, or too slow")
    return bytes(body)
