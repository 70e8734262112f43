"""PreferenceControls: what a household prefers, to be turned while one looks."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
from music_agregator import Preferences, QualityProfile
from music_agregator.decision import EditionPreference, WordingPreference
from music_agregator.decision.preferences import LAST_PRIORITY, USUAL_PRIORITY
from music_agregator.model import Release

_STYLE = {"description_width": "130px"}
_WIDE = widgets.Layout(width="360px")
_MB = 1_000_000
_LEAST_MB = 100


class PreferenceControls(widgets.VBox):
    """Sliders and boxes; `on_change` is called after each, with nothing."""

    def __init__(
        self,
        profiles: Iterable[QualityProfile],
        preferences: Preferences,
        releases: Iterable[Release],
        on_change: Callable[[], None],
    ) -> None:
        releases = list(releases)
        largest = max((one.size_bytes or 0 for one in releases), default=0)
        most = max(_LEAST_MB, largest // _MB + 1)
        self._start = preferences
        self._ladder = tuple(profiles)
        self._profile = widgets.Dropdown(
            options=[
                *(
                    [(", ".join(self._ladder), self._ladder)]
                    if self._ladder[1:]
                    else []
                ),
                *((profile.value, (profile,)) for profile in QualityProfile),
            ],
            value=self._ladder,
            **_described("Quality"),
        )
        self._seeders = widgets.IntSlider(
            preferences.minimum_seeders,
            0,
            max(100, preferences.minimum_seeders),
            **_described("Least seeders"),
        )
        self._least = widgets.IntSlider(
            _megabytes(preferences.minimum_bytes),
            0,
            max(most, _megabytes(preferences.minimum_bytes)),
            **_described("Smallest, MB"),
        )
        self._most = widgets.IntSlider(
            _megabytes(preferences.maximum_bytes),
            0,
            max(most, _megabytes(preferences.maximum_bytes)),
            **_described("Largest, MB (0: any)"),
        )
        self._edition = widgets.Dropdown(
            options=[one.value for one in EditionPreference],
            value=preferences.edition.value,
            **_described("Edition"),
        )
        self._wording = widgets.Dropdown(
            options=[one.value for one in WordingPreference],
            value=preferences.wording.value,
            **_described("Wording"),
        )
        self._required = widgets.Text(
            ", ".join(preferences.required_words),
            continuous_update=False,
            **_described("Required words"),
        )
        self._ignored = widgets.Text(
            ", ".join(preferences.ignored_words),
            continuous_update=False,
            **_described("Ignored words"),
        )
        self._packs = widgets.Checkbox(
            preferences.allow_packs, **_described("Packs as well")
        )
        self._hi_res = widgets.Checkbox(
            preferences.quality.lossless_prefers_hi_res,
            **_described("Hi-res first"),
        )
        self._priorities = {
            name: widgets.IntSlider(
                preferences.indexer_priorities.get(name, USUAL_PRIORITY),
                1,
                LAST_PRIORITY,
                **_described(name),
            )
            for name in sorted({one.indexer for one in releases})
        }
        self._fields = {
            "minimum_seeders": self._seeders,
            "minimum_bytes": self._least,
            "maximum_bytes": self._most,
            "edition": self._edition,
            "wording": self._wording,
            "required_words": self._required,
            "ignored_words": self._ignored,
            "allow_packs": self._packs,
        }
        self._first = {name: one.value for name, one in self._fields.items()}
        left = [self._profile, self._hi_res, self._edition, self._wording, self._packs]
        right = [self._seeders, self._least, self._most, self._required, self._ignored]
        for control in (*left, *right, *self._priorities.values()):
            control.observe(lambda _: on_change(), "value")
        columns = [widgets.VBox(left), widgets.VBox(right)]
        if len(self._priorities) > 1:
            heading = widgets.Label("Indexers: 1 comes first")
            columns.append(widgets.VBox([heading, *self._priorities.values()]))
        super().__init__([widgets.HBox(columns)])

    @property
    def profiles(self) -> tuple[QualityProfile, ...]:
        """Return the wanted quality, or the ladder of them that it began with."""
        wanted: tuple[QualityProfile, ...] = self._profile.value
        return wanted

    @property
    def preferences(self) -> Preferences:
        """Return what is preferred; what nobody has moved stays as it was."""
        moved = {
            name: control.value
            for name, control in self._fields.items()
            if control.value != self._first[name]
        }
        changes = {name: _READ[name](value) for name, value in moved.items()}
        if self._hi_res.value != self._start.quality.lossless_prefers_hi_res:
            changes["quality"] = replace(
                self._start.quality, lossless_prefers_hi_res=self._hi_res.value
            )
        priorities = dict(self._start.indexer_priorities)
        for name, one in self._priorities.items():
            if one.value != priorities.get(name, USUAL_PRIORITY):
                priorities[name] = one.value
        return replace(self._start, **changes, indexer_priorities=priorities)


def _described(text: str) -> dict[str, object]:
    return {"description": text, "style": _STYLE, "layout": _WIDE}


def _megabytes(size_bytes: int | None) -> int:
    return (size_bytes or 0) // _MB


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _bytes(megabytes: int) -> int | None:
    return megabytes * _MB or None


# From what a control shows to what is preferred.
_READ: dict[str, Callable[[Any], Any]] = {
    "minimum_seeders": int,
    "minimum_bytes": _bytes,
    "maximum_bytes": _bytes,
    "edition": EditionPreference,
    "wording": WordingPreference,
    "required_words": _words,
    "ignored_words": _words,
    "allow_packs": bool,
}
