"""Plots that each answer a question, in colors that color-blind people can tell apart."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from music_agregator.decision.sizes import bounds, durations, edition_lengths
from music_agregator.model import AlbumEvent, Candidate, WorkflowStatus as S
from music_agregator.quality import Quality
from music_agregator.titles import parse_title
from music_agregator.transitions import ENDS

from .displayable import Displayable
from .ranking import Ranking

# Okabe and Ito's colours.
_COLOURS = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
    *("#56B4E9", "#D55E00", "#F0E442", "#666666"),
)
_MB = 1_000_000
# What 1 kbps is in a minute.
_MB_A_MINUTE = 60 / 8_000
_MOST_LETTERS = 60
_MOST_RUNS = 60


class Plot(Displayable):
    """A figure and its meaning in words."""

    def __init__(self, figure: Figure, words: str) -> None:
        self.figure = figure
        self.words = words

    def __str__(self) -> str:
        """Return its meaning in words."""
        return self.words

    @property
    def png(self) -> bytes:
        """Return the picture."""
        picture = BytesIO()
        self.figure.savefig(picture, format="png", dpi=90)
        return picture.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str | bytes]:
        return {"text/plain": self.words, "image/png": self.png}


def size_by_duration(ranking: Ranking) -> Plot:
    """Show whether sizes fit the music: releases beside what it takes, in shades.

    A release plays as long as the edition of its year does, else as the usual one.
    """
    figure, axes = _figure("Size against duration, by quality", 7, 4)
    lengths = edition_lengths(ranking.album)
    usual = durations(ranking.album)
    if usual is None:
        return Plot(figure, "The album's length is not known.")
    by_year = {(e.date or "")[:4]: seconds for e, seconds in lengths.items()}
    minutes = [usual.shortest / 60 * 0.8, usual.longest / 60 * 1.2]
    families: dict[str, list[tuple[float, Candidate]]] = {}
    for one in ranking.candidates:
        if one.release.size_bytes:
            year = str(parse_title(one.release.title).year)
            length = by_year.get(year, usual.usual) / 60
            families.setdefault(_family(one.quality), []).append((length, one))
    for place, (family, found) in enumerate(sorted(families.items())):
        colour = _COLOURS[place]
        kinds = [bounds(one.quality) for _, one in found]
        least, most = min(k.least for k in kinds), max(k.most for k in kinds)
        axes.fill_between(
            minutes,
            [least * m * _MB_A_MINUTE for m in minutes],
            [most * m * _MB_A_MINUTE for m in minutes],
            color=colour,
            alpha=0.12,
        )
        # Beside each other, not on top.
        beside = 1 + 0.015 * (place - len(families) / 2)
        axes.scatter(
            [length * beside for length, _ in found],
            [(one.release.size_bytes or 0) / _MB for _, one in found],
            color=colour,
            label=f"{family} ({len(found)})",
            s=24,
        )
    axes.set(xlabel="minutes", ylabel="MB", yscale="log")
    if families:
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return Plot(figure, f"Sizes of {len(ranking.candidates)} releases by quality.")


def seeders_by_score(ranking: Ranking) -> Plot:
    """Show whether the best has seeders: seeders against score; crosses are rejected."""
    figure, axes = _figure("Seeders against score", 7, 4)
    for accepted, marker, colour, label in (
        (False, "x", _COLOURS[5], "will not do"),
        (True, "o", _COLOURS[0], "will do"),
    ):
        some = [one for one in ranking.candidates if one.accepted is accepted]
        axes.scatter(
            [one.score for one in some],
            [one.release.seeders or 0 for one in some],
            marker=marker,
            color=colour,
            label=f"{label} ({len(some)})",
        )
    if ranking.best:
        seeders = ranking.best.release.seeders or 0
        axes.annotate(
            "the pick ", (ranking.best.score, seeders), ha="right", fontweight="bold"
        )
    axes.set(xlabel="score", ylabel="seeders", yscale="symlog")
    axes.set_ylim(bottom=-0.2)
    axes.legend(fontsize="small")
    best = ranking.best.release.title if ranking.best else "nothing"
    return Plot(figure, f"{len(ranking.accepted)} will do; the pick: {best}.")


def rejections(ranking: Ranking) -> Plot:
    """Show where rejections came from: reasons by indexer."""
    counted = ranking.rejections
    codes = sorted({code for code, _ in counted})
    indexers = sorted({indexer for _, indexer in counted})
    figure, axes = _figure("Rejections by reason", 7, 1 + 0.3 * max(len(codes), 3))
    left = [0] * len(codes)
    for place, indexer in enumerate(indexers):
        counts = [counted[code, indexer] for code in codes]
        colour = _COLOURS[place % len(_COLOURS)]
        axes.barh(codes, counts, left=left, color=colour, label=_label(indexer))
        left = [a + b for a, b in zip(left, counts, strict=True)]
    axes.set_xlabel("releases")
    if indexers:
        axes.legend(fontsize="small")
    told = ", ".join(f"{code}: {n}" for code, n in zip(codes, left, strict=True))
    return Plot(figure, told or "Nothing was rejected.")


_STATUS_COLOURS = {
    S.FETCHING_METADATA: "#56B4E9",
    S.CHECKING_OWNED: "#56B4E9",
    S.SEARCHING: "#0072B2",
    S.PARSING_RESULTS: "#0072B2",
    S.AWAITING_SELECTION: "#F0E442",
    S.ADDING_TORRENT: "#E69F00",
    S.COMPLETE: "#E69F00",
    S.DOWNLOADING: "#009E73",
    S.STALLED: "#CC79A7",
    S.DOWNLOAD_FAILED: "#D55E00",
}


def time_line(events: Sequence[AlbumEvent], names: dict[str, str]) -> Plot:
    """Show when each status began: a line for each run, named by its id in `names`, newest first."""
    runs: dict[str, list[AlbumEvent]] = {}
    for event in events:
        runs.setdefault(event.run_id, []).append(event)
    total = len(runs)
    runs = dict(list(runs.items())[-_MOST_RUNS:])
    figure, axes = _figure("The runs on a time line", 8, 1.2 + 0.4 * max(len(runs), 2))
    told = set()
    for place, story in enumerate(reversed(runs.values())):
        for event, following in pairwise(story):
            label = event.status.replace("_", " ")
            axes.barh(
                place,
                (following.at - event.at) / 86_400,
                left=event.at / 86_400,
                color=_STATUS_COLOURS.get(event.status, "#666666"),
                label=None if label in told else label,
            )
            told.add(label)
        if story[-1].status in ENDS:
            axes.annotate(
                f" {story[-1].status}",
                (story[-1].at / 86_400, float(place)),
                va="center",
                fontsize="small",
            )
    labels = [_label(names.get(run_id, run_id)) for run_id in reversed(runs)]
    axes.set_yticks(range(len(runs)), labels)
    # Days since 1970 are what matplotlib calls a date.
    axes.xaxis_date()
    axes.margins(x=0.25)
    axes.tick_params(axis="x", rotation=20)
    if told:
        figure.legend(fontsize="small", loc="outside lower center", ncols=5)
    shown = f", the last {_MOST_RUNS} shown" if total > _MOST_RUNS else ""
    return Plot(figure, f"{len(events)} events of {total} runs{shown}.")


def _figure(title: str, width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def _label(text: str) -> str:
    """Return a text from outside as a label: no formula, and not too long."""
    return text[:_MOST_LETTERS].replace("$", r"\$")


def _family(quality: Quality) -> str:
    """Return a quality as coarse as sizes are."""
    if quality.codec is None:
        return "not told"
    if quality.is_hi_res:
        return "hi-res"
    return "lossless" if quality.is_lossless else "lossy"
