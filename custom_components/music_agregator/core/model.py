"""The values of the core, all frozen; the documentation uses the same names.

How secrets stay out of what is shown: `events/event_data.py`.
"""

from collections.abc import Mapping
from dataclasses import InitVar, asdict, dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast, override

from .quality import Quality, QualityProfile


class Hiding:
    """The base of a dataclass with values that no conversion shows, and no repr.

    They are attributes and keyword arguments as the others are, but no fields: `asdict`,
    `vars` and data frames do not know them. `replace`, copies and pickles keep them.
    `@hiding` goes above `@dataclass`; for type checkers they are fields.
    """

    __slots__ = ("_hidden",)
    _hidden: tuple[Any, ...]

    def __post_init__(self, *hidden: Any) -> None:
        object.__setattr__(self, "_hidden", hidden)

    def __getstate__(self) -> tuple[Any, ...]:
        """Return every value, the hidden ones last."""
        shown = (getattr(self, one.name) for one in fields(cast("Any", self)))
        return (*shown, *self._hidden)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        names = [one.name for one in fields(cast("Any", self))]
        for name, value in zip(names, state, strict=False):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_hidden", state[len(names) :])

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hiding) or type(other) is not type(self):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    @override
    def __hash__(self) -> int:
        return hash(self.__getstate__())


def hiding[T: Hiding](kind: type[T]) -> type[T]:
    """Make attributes of the values that a class hides."""
    hidden = [
        name
        for name, one in inspect.get_annotations(kind).items()
        if isinstance(one, InitVar)
    ]
    for place, name in enumerate(hidden):
        setattr(kind, name, property(partial(_hidden_at, place)))
    # A dataclass with slots gets others, which know the fields only.
    for method in ("__getstate__", "__setstate__"):
        setattr(kind, method, getattr(Hiding, method))
    return kind


def _hidden_at(place: int, value: Hiding) -> Any:
    return value._hidden[place]  # noqa: SLF001


def year_of(date: str | None) -> int | None:
    """Return the year of a MusicBrainz date, which may be a year, a month or a day."""
    year = (date or "")[:4]
    return int(year) if len(year) == 4 and year.isdecimal() else None


def album_name(artist: str, title: str, album_id: str) -> str:
    """Return the name of an album in one line, as far as it is known."""
    if not title:
        return f"Album {album_id[:8]}"
    return f"{artist} - {title}" if artist else title


class Mode(StrEnum):
    """Who picks the release."""

    AUTOMATIC = "automatic"
    INTERACTIVE = "interactive"


class WorkflowStatus(StrEnum):
    """The statuses of a run, in the order of a run that goes well."""

    FETCHING_METADATA = "fetching_metadata"
    CHECKING_OWNED = "checking_owned"
    SEARCHING = "searching"
    PARSING_RESULTS = "parsing_results"
    AWAITING_SELECTION = "awaiting_selection"
    ADDING_TORRENT = "adding_torrent"
    COMPLETE = "complete"
    DOWNLOADING = "downloading"
    STALLED = "stalled"
    DOWNLOAD_FAILED = "download_failed"
    DOWNLOADED = "downloaded"
    ALREADY_OWNED = "already_owned"
    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"
    FAILED = "failed"


class DownloadStatus(StrEnum):
    """What has become of a download."""

    SAVED = "saved"
    DOWNLOADING = "downloading"
    STALLED = "stalled"
    DOWNLOADED = "downloaded"
    DOWNLOAD_FAILED = "download_failed"
    CANCELLED = "cancelled"


class Topic(NamedTuple):
    """An album in a quality: at most one live run works on it."""

    album_id: str
    quality: QualityProfile


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """One track of an edition."""

    title: str
    position: int | None = None
    length_ms: int | None = None


# How many tracks a mixed edition has, and from how many on an album is one of several.
_MOST_MIXED, _SEVERAL = 2, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One MusicBrainz release of an album."""

    edition_id: str
    title: str
    disambiguation: str = ""
    status: str | None = None
    date: str | None = None
    country: str | None = None
    formats: tuple[str, ...] = ()
    track_count: int | None = None
    tracks: tuple[Track, ...] = ()
    has_cover: bool = False

    @property
    def length_ms(self) -> int | None:
        """Return how long it plays, if every track's length is known."""
        lengths = [track.length_ms for track in self.tracks]
        if not lengths or None in lengths:
            return None
        return sum(length for length in lengths if length is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Album:
    """A MusicBrainz release group; `aliases` are of its artists.

    `performers` are those that the relations of its editions name, with the composers.
    """

    album_id: str
    title: str
    artist: str = ""
    artists: tuple[str, ...] = ()
    artist_ids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    title_aliases: tuple[str, ...] = ()
    performers: tuple[str, ...] = ()
    disambiguation: str = ""
    primary_type: str | None = None
    secondary_types: tuple[str, ...] = ()
    first_release_date: str | None = None
    editions: tuple[Edition, ...] = ()

    @property
    def year(self) -> int | None:
        """Return the year of the first release."""
        return year_of(self.first_release_date)

    @property
    def described(self) -> str:
        """Return it in one line: artist, title, year, kind and id."""
        facts = [str(self.year or ""), self.primary_type or "", *self.secondary_types]
        known = ", ".join(fact for fact in facts if fact)
        return f"{self.artist} - {self.title} ({known}) {self.album_id}"

    @property
    def track_count(self) -> int | None:
        """Return the track count of the first edition that tells one."""
        return next((e.track_count for e in self.editions if e.track_count), None)

    @property
    def least_tracks(self) -> int:
        """Return the track count of the shortest edition, 0 if unknown.

        An edition that mixes everything into a track or two does not count beside others.
        """
        counts = [e.track_count for e in self.editions if e.track_count]
        apart = [count for count in counts if count > _MOST_MIXED]
        return min(apart if apart and max(counts) >= _SEVERAL else counts, default=0)

    @property
    def least_length_ms(self) -> int:
        """Return the length of the shortest edition, 0 if unknown."""
        least = self.least_tracks
        lengths = (e.length_ms for e in self.editions if (e.track_count or 0) >= least)
        return min((length for length in lengths if length), default=0)

    @property
    def has_cover(self) -> bool:
        """Return whether the Cover Art Archive has a front cover of some edition."""
        return any(edition.has_cover for edition in self.editions)

    @property
    def length_ms(self) -> int | None:
        """Return the length of the first edition that tells one."""
        return next((e.length_ms for e in self.editions if e.length_ms), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlbumMatch:
    """One album that a text may mean."""

    album: Album
    score: int
    # The number of its editions, as a measure of how well known it is.
    editions: int = 0


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Release(Hiding):
    """One torrent that an indexer offers. Its guid and its links may hold a passkey."""

    if TYPE_CHECKING:
        guid: str
        download_url: str | None = None
        magnet_uri: str | None = None
    else:
        guid: InitVar[str] = ""
        download_url: InitVar[str | None] = None
        magnet_uri: InitVar[str | None] = None
    title: str
    size_bytes: int | None = None
    seeders: int | None = None
    leechers: int | None = None
    peers: int | None = None
    info_hash: str | None = None
    categories: tuple[int, ...] = ()
    published_at: str | None = None
    indexer: str = ""
    download_volume_factor: float | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what tells it from the other releases of its indexer.

        Trackers give all torrents of one page the page's guid.
        """
        return (self.info_hash or "", self.guid, self.title, self.size_bytes)


@hiding
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Link(Hiding):
    """Where to get a torrent: the only value that may hold secrets."""

    if TYPE_CHECKING:
        guid: str | None = None
        download_url: str | None = None
        magnet_uri: str | None = None
        torrent: bytes | None = None
    else:
        guid: InitVar[str | None] = None
        download_url: InitVar[str | None] = None
        magnet_uri: InitVar[str | None] = None
        torrent: InitVar[bytes | None] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InfoHashes:
    """The names of a torrent: v1 (40 hex), v2 (64 hex), or both."""

    v1: str | None = None
    v2: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Return every id that a client may know it by: v1, v2 truncated, v2."""
        ids = (self.v1, self.v2[:40] if self.v2 else None, self.v2)
        return tuple(name for name in ids if name)


class Extent(StrEnum):
    """How much of a torrent is wanted: all of it, or one album's files of a pack."""

    WHOLE = "whole"
    TO_CHOOSE = "to_choose"
    CHOSEN = "chosen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A torrent we chose; a row in `downloads`.

    `seen` says that the client has had it. `in_doubt` says that it was then missing with
    everything of ours, so that the user may or may not have removed it. The link's guid
    is that of the release that was chosen.
    """

    download_id: str
    hashes: InfoHashes
    title: str
    quality: Quality
    size_bytes: int | None = None
    status: DownloadStatus = DownloadStatus.SAVED
    seen: bool = False
    in_doubt: bool = False
    extent: Extent = Extent.WHOLE
    delete_files: bool = False
    link: Link = field(default=Link(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Requester:
    """The user of the host in whose name a request is made."""

    user_id: str
    name: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, str] | None) -> Self | None:
        """Return the user of a row, None if none is known."""
        return cls(user_id=data["user_id"], name=data["name"]) if data else None


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorRequest:
    """What the caller asks for; `ladder` holds the profiles to try after `quality`."""

    quality: QualityProfile
    ladder: tuple[QualityProfile, ...] = ()
    album_id: str | None = None
    artist: str | None = None
    album: str | None = None
    mode: Mode = Mode.AUTOMATIC
    requested_by: Requester | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One request's life; a row in `workflow_runs`.

    `ladder` holds the profiles to try after `quality`.
    """

    run_id: str
    album_id: str
    quality: QualityProfile
    mode: Mode
    status: WorkflowStatus
    ladder: tuple[QualityProfile, ...] = ()
    seq: int = 0
    attempt: int = 0
    download_id: str | None = None
    artist: str = ""
    album_title: str = ""
    reason: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    requested_by: Requester | None = None

    @property
    def profiles(self) -> tuple[QualityProfile, ...]:
        """Return every accepted profile, best first."""
        return (self.quality, *self.ladder)

    @property
    def topic(self) -> Topic:
        """Return the topic that the run works on."""
        return Topic(self.album_id, self.quality)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlbumEvent:
    """One step of a run, committed before it is published."""

    seq: int
    event_id: str
    run_id: str
    album_id: str
    quality: QualityProfile
    status: WorkflowStatus
    at: float
    data: Mapping[str, Any]

    @property
    def topic(self) -> Topic:
        """Return the topic of its run."""
        return Topic(self.album_id, self.quality)

    def as_dict(self) -> dict[str, Any]:
        """Return the event in the format that every interface uses."""
        words = {"quality": self.quality.value, "status": self.status.value}
        return {**asdict(self), **words}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the event that `as_dict` wrote. Raises KeyError, ValueError."""
        known = {one.name: data[one.name] for one in fields(cls)}
        known["quality"] = QualityProfile(data["quality"])
        return cls(**{**known, "status": WorkflowStatus(data["status"])})


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackFacts:
    """What the tags of one audio file say; None where they say nothing.

    `artist` is the album's; `years` are of the first release and of this one.
    """

    artist: str | None = None
    album: str | None = None
    album_id: str | None = None
    edition_id: str | None = None
    years: tuple[int, ...] = ()
    disc: int | None = None
    track: int | None = None
    title: str | None = None
    quality: Quality = field(default_factory=Quality)
    length_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a candidate was rejected: a code to translate and its numbers."""

    code: str
    permanent: bool = True
    details: Mapping[str, str | int | float | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "code": self.code,
            "permanent": self.permanent,
            "details": dict(self.details),
        }


class ScorePart(NamedTuple):
    """One named part of a score: `value` of 0 to 1 (a pack's: below), times its weight.

    `code` names the sentence that says why, `details` fill it.
    """

    name: str
    value: float
    weight: float
    code: str
    details: Mapping[str, str | int | float | None]

    @property
    def points(self) -> float:
        """Return what it adds to the score."""
        return self.value * self.weight

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.name,
            "points": round(self.points, 1),
            "weight": self.weight,
            "code": self.code,
            "details": dict(self.details),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the part that `to_dict` wrote. Raises KeyError."""
        weight = data["weight"]
        return cls(
            name=data["name"],
            value=data["points"] / weight if weight else 0.0,
            weight=weight,
            code=data["code"],
            details=data["details"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A release with its decision; rank 1 is the best of its run.

    `sources` are the releases that offer the torrent, best first; `release` combines what
    they say. A saved candidate's have neither links nor guids: these stay in the table
    `links`. `tried` says that the run has tried to download it.
    """

    rank: int
    release: Release
    quality: Quality
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    parts: tuple[ScorePart, ...] = ()
    sources: tuple[Release, ...] = ()
    is_pack: bool = False
    tried: bool = False

    @property
    def accepted(self) -> bool:
        """Return whether no reason rejects it."""
        return not self.reasons

    @property
    def indexers(self) -> tuple[str, ...]:
        """Return the indexers that offer it, best first."""
        return tuple(dict.fromkeys(source.indexer for source in self.sources))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, without links: codes and numbers."""
        release = self.release
        return {
            "title": release.title,
            "quality": asdict(self.quality),
            "is_pack": self.is_pack,
            "size_bytes": release.size_bytes,
            "seeders": release.seeders,
            "published_at": release.published_at,
            "categories": list(release.categories),
            "indexers": list(self.indexers),
            "score": round(self.score, 1),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "parts": [part.to_dict() for part in self.parts],
        }

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], *, rank: int, tried: bool = False
    ) -> Self:
        """Return the candidate that `to_dict` wrote, of this version or an earlier one.

        Raises KeyError, ValueError.
        """
        parts = tuple(map(ScorePart.from_dict, data["parts"]))
        free = next((p.details for p in parts if p.name == "free_leech"), {})
        percent = free.get("percent")
        release = Release(
            guid="",
            title=data["title"],
            size_bytes=data.get("size_bytes"),
            seeders=data.get("seeders"),
            categories=tuple(data.get("categories", ())),
            published_at=data.get("published_at"),
            download_volume_factor=None if percent is None else float(percent) / 100,
        )
        sources = [replace(release, indexer=name) for name in data["indexers"]]
        # How many seeders the others have is not saved: the best stays first.
        others = [replace(source, seeders=None) for source in sources[1:]]
        return cls(
            rank=rank,
            release=sources[0] if sources else release,
            quality=Quality.from_dict(data.get("quality", {})),
            score=data["score"],
            reasons=tuple(Reason(**reason) for reason in data["reasons"]),
            parts=parts,
            sources=(*sources[:1], *others),
            is_pack=data.get("is_pack", False),
            tried=tried,
        )
