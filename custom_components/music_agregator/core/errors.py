"""The errors of the core: typed, with a code to translate, free of secrets.

`code` names the error in translations and events, `details` are their placeholders.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from .model import Album
from .sentences import ERRORS


class MusicAgregatorError(Exception):
    """An expected error.

    The message is the sentence of its code with the details, unless another one is given.
    """

    code: ClassVar[str] = "unknown"

    def __init__(self, message: str = "", **details: str) -> None:
        usual = ERRORS.get(self.code, ERRORS["unknown"])
        super().__init__(message or ": ".join([usual, *filter(None, details.values())]))
        self.details: Mapping[str, str] = details


class RequestError(MusicAgregatorError):
    """The request cannot be served.

    The caller must change it.
    """


class InvalidAlbumIdError(RequestError):
    """The album id is no MusicBrainz id."""

    code = "invalid_album_id"


class AlbumNotFoundError(RequestError):
    """MusicBrainz knows no such album."""

    code = "album_not_found"


class AmbiguousAlbumError(RequestError):
    """The text fits several albums.

    `details["matches"]` names the best.
    """

    code = "ambiguous_album"

    def __init__(self, albums: Sequence[Album], *, album: str) -> None:
        matches = "; ".join(one.described for one in albums)
        super().__init__(album=album, matches=matches)
        self.albums = tuple(albums)


class NoIndexersError(RequestError):
    """No indexer is configured."""

    code = "no_indexers"


class RunNotFoundError(RequestError):
    """There is no run with that id."""

    code = "run_not_found"


class RunEndedError(RequestError):
    """The run has ended already."""

    code = "run_ended"


class RunLiveError(RequestError):
    """The run has not ended yet."""

    code = "run_live"


class NotAwaitingError(RequestError):
    """The run does not wait for a choice."""

    code = "not_awaiting"


class CandidateNotFoundError(RequestError):
    """The run has no candidate of that rank."""

    code = "candidate_not_found"


class CandidateGoneError(RequestError):
    """No indexer has this candidate any more: choose another."""

    code = "candidate_gone"


class UnavailableError(MusicAgregatorError):
    """A service does not answer now; asking later may help."""

    code = "unavailable"

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **details: str
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ClosingError(UnavailableError):
    """The core is being closed; asking after the reload helps."""

    code = "closing"


class MetadataUnavailableError(UnavailableError):
    """MusicBrainz does not answer now."""

    code = "metadata_unavailable"


class CandidateAwayError(UnavailableError):
    """A candidate's link does not answer now."""

    code = "candidate_away"


class AlbumMergedError(MusicAgregatorError):
    """The album goes by another id now.

    `details["album_id"]` is it.
    """

    code = "album_merged"


class MetadataError(MusicAgregatorError):
    """MusicBrainz returned an unusable response."""

    code = "metadata_error"


class IndexerError(MusicAgregatorError):
    """The indexer refused the request or returned an unusable response."""

    code = "indexer_error"


class IndexersFailedError(MusicAgregatorError):
    """No indexer could be searched for too long."""

    code = "indexers_failed"


class IndexerAuthError(IndexerError):
    """An indexer refuses the API key."""

    code = "indexer_auth"


class IndexerUnavailableError(UnavailableError):
    """An indexer does not answer now, or asks to wait."""

    code = "indexer_unavailable"


class TorrentFormatError(MusicAgregatorError):
    """A magnet or a .torrent cannot be read."""

    code = "unreadable_torrent"


class LinkError(MusicAgregatorError):
    """A download link leads to no torrent."""

    code = "dead_link"


class ClientUnavailableError(UnavailableError):
    """The torrent client does not answer now."""

    code = "client_unavailable"


class ClientAuthError(MusicAgregatorError):
    """The torrent client refuses the user name, the password or the API key."""

    code = "client_auth"


class ClientBannedError(ClientAuthError):
    """The torrent client bans this address after too many wrong logins."""

    code = "client_banned"


class ClientRefusedError(MusicAgregatorError):
    """The torrent client refuses this torrent, or says that it has it already."""

    code = "client_refused"

    def __init__(self, message: str = "", *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


class StoreError(MusicAgregatorError):
    """The database refuses.

    The message never carries its parameters.
    """

    code = "store_error"


class StoreUnavailableError(StoreError):
    """The database is locked or away; asking again may help."""

    code = "store_unavailable"


class StoreNotWritableError(StoreUnavailableError):
    """The database, or its disk, may not be written now."""


class StoreMissingError(StoreError):
    """Our tables are not there."""

    code = "store_missing"


class StoreTooNewError(StoreError):
    """The tables were made by a later version."""

    code = "store_too_new"


class StoreTooOldError(StoreError):
    """The tables were made by an earlier version, and are only to be read."""

    code = "store_too_old"


class StoreReadOnlyError(StoreError):
    """The database was opened to be read only."""

    code = "store_read_only"


class StoreBusyError(StoreError):
    """Another process has the same store open, and its runs at work."""

    code = "store_busy"


class IllegalTransitionError(MusicAgregatorError):
    """A status may not follow another; this is a bug."""

    code = "illegal_transition"
