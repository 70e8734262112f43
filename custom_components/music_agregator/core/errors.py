"""The errors of the core: typed, with a code to translate, free of secrets.

`code` names the error in translations and events, `details` are their placeholders.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .model import Album


class MusicAgregatorError(Exception):
    """The base of all expected errors.

    The message is `text` with the details, unless another one is given.
    """

    code: ClassVar[str] = "unknown"
    text: ClassVar[str] = "Unknown error"

    def __init__(self, message: str = "", **details: str) -> None:
        super().__init__(
            message or ": ".join([self.text, *filter(None, details.values())])
        )
        self.details: Mapping[str, str] = details


class RequestError(MusicAgregatorError):
    """The request cannot be served; the caller must change it."""

    text = "The request cannot be served"


class InvalidAlbumIdError(RequestError):
    """The album id is no MusicBrainz id."""

    text = "The album id is no MusicBrainz id"
    code = "invalid_album_id"


class AlbumNotFoundError(RequestError):
    """MusicBrainz knows no such album."""

    text = "MusicBrainz knows no such album"
    code = "album_not_found"


class AmbiguousAlbumError(RequestError):
    """The text fits several albums; `details["matches"]` names the best."""

    text = "The text fits several albums"
    code = "ambiguous_album"

    def __init__(self, albums: Sequence[Album], *, album: str) -> None:
        matches = "; ".join(one.described for one in albums)
        super().__init__(album=album, matches=matches)
        self.albums = tuple(albums)


class NoIndexersError(RequestError):
    """No indexer is configured."""

    text = "There is no indexer to ask"
    code = "no_indexers"


class RunNotFoundError(RequestError):
    """There is no run with that id."""

    text = "There is no run with that id"
    code = "run_not_found"


class RunEndedError(RequestError):
    """The run has ended already."""

    text = "The run has ended already"
    code = "run_ended"


class RunLiveError(RequestError):
    """The run has not ended yet."""

    text = "The run has not ended yet"
    code = "run_live"


class NotAwaitingError(RequestError):
    """The run does not wait for a choice."""

    text = "The run waits for nobody's choice"
    code = "not_awaiting"


class CandidateNotFoundError(RequestError):
    """The run has no candidate of that rank."""

    text = "The run has no candidate of that rank"
    code = "candidate_not_found"


class CandidateGoneError(RequestError):
    """No indexer has this candidate any more: choose another."""

    text = "No indexer has this candidate any more: choose another"
    code = "candidate_gone"


class UnavailableError(MusicAgregatorError):
    """A service does not answer now; asking later may help."""

    text = "A service does not answer now"
    code = "unavailable"

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **details: str
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ClosingError(UnavailableError):
    """The core is being closed; asking after the reload helps."""

    text = "The core is being closed"
    code = "closing"


class MetadataUnavailableError(UnavailableError):
    """MusicBrainz does not answer now."""

    text = "MusicBrainz does not answer now"
    code = "metadata_unavailable"


class CandidateAwayError(UnavailableError):
    """A candidate's link does not answer now."""

    text = "A candidate's link does not answer now"
    code = "candidate_away"


class AlbumMergedError(MusicAgregatorError):
    """The album goes by another id now: `details["album_id"]`."""

    text = 'The album goes by another id now: `details["album_id"]`'
    code = "album_merged"


class MetadataError(MusicAgregatorError):
    """MusicBrainz returned an unusable response."""

    text = "MusicBrainz answers what nobody can use"
    code = "metadata_error"


class IndexerError(MusicAgregatorError):
    """The indexer refused the request or returned an unusable response."""

    text = "An indexer refuses or answers what nobody can use"
    code = "indexer_error"


class IndexersFailedError(MusicAgregatorError):
    """No indexer could be searched for too long."""

    text = "No indexer could be searched, for longer than anybody waits"
    code = "indexers_failed"


class IndexerAuthError(IndexerError):
    """An indexer refuses the API key."""

    text = "An indexer refuses the API key"
    code = "indexer_auth"


class IndexerUnavailableError(UnavailableError):
    """An indexer does not answer now, or asks to wait."""

    text = "An indexer does not answer now, or asks for patience"
    code = "indexer_unavailable"


class TorrentFormatError(MusicAgregatorError):
    """A magnet or a .torrent cannot be read."""

    text = "A magnet or a .torrent cannot be read"
    code = "unreadable_torrent"


class LinkError(MusicAgregatorError):
    """A download link leads to no torrent."""

    text = "A download link leads to no torrent"
    code = "dead_link"


class ClientUnavailableError(UnavailableError):
    """The torrent client does not answer now."""

    text = "The torrent client does not answer now"
    code = "client_unavailable"


class ClientAuthError(MusicAgregatorError):
    """The torrent client refuses the user name, the password or the API key."""

    text = "The torrent client refuses the user name, the password or the API key"
    code = "client_auth"


class ClientBannedError(ClientAuthError):
    """The torrent client bans this address after too many wrong logins."""

    text = "The torrent client bans this address after too many wrong logins"
    code = "client_banned"


class ClientRefusedError(MusicAgregatorError):
    """The torrent client refuses this torrent, or says that it has it already."""

    text = "The torrent client refuses this torrent, or says that it has it already"
    code = "client_refused"

    def __init__(self, message: str = "", *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


class StoreError(MusicAgregatorError):
    """The database refuses; the message never carries its parameters."""

    text = "The database refuses"
    code = "store_error"


class StoreUnavailableError(StoreError):
    """The database is locked or away; asking again may help."""

    text = "The database is locked or away"
    code = "store_unavailable"


class StoreMissingError(StoreError):
    """Our tables are not there."""

    text = "Our tables are not there"
    code = "store_missing"


class StoreTooNewError(StoreError):
    """The tables were made by a later version."""

    text = "The tables were made by a later version"
    code = "store_too_new"


class StoreTooOldError(StoreError):
    """The tables were made by an earlier version, and are only to be read."""

    text = "The tables were made by an earlier version, and are only to be read"
    code = "store_too_old"


class StoreReadOnlyError(StoreError):
    """The database was opened to be read only."""

    text = "The database was opened to be read only"
    code = "store_read_only"


class StoreBusyError(StoreError):
    """Another process has the same store open, and its runs at work."""

    text = "Another process has the same store open, and its runs at work"
    code = "store_busy"


class IllegalTransitionError(MusicAgregatorError):
    """A status may not follow another; this is a bug."""

    text = "A status may not follow another: a bug of ours"
    code = "illegal_transition"
