"""PreferenceControls: widgets for the preferences."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Any

import ipywidgets as widgets
from music_agregator import Preferences, QualityProfile
from music_agregator.model import Release
from music_agregator.settings import (
    LAST_PRIORITY,
    USUAL_PRIORITY,
    EditionPreference,
    WordingPreference,
)

_STYLE = {"description_width": "130px"}
_WIDE = widgets.Layout(width="360px")
_MB = 1_000_000
_LEAST_MB = 100


class PreferenceControls(widgets.VBox):
    """Sliders and boxes; `on_change` is called after each change."""

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
        ladder = tuple(profiles)
        wanted = [ladder] if len(ladder) > 1 else []
        wanted += [(profile,) for profile in QualityProfile]
        self.profile = widgets.Dropdown(
            options=[(", ".join(each), each) for each in wanted],
            value=ladder,
            **_described("Quality"),
        )
        self._hi_res = _box("Hi-res first", preferences.quality.lossless_prefers_hi_res)
        start = preferences
        self.fields = {
            "edition": _choice("Edition", start.edition),
            "wording": _choice("Wording", start.wording),
            "allow_packs": _box("Packs as well", start.allow_packs),
            "minimum_seeders": _slider("Least seeders", start.minimum_seeders, 100),
            "minimum_bytes": _slider("Smallest, MB", _mb(start.minimum_bytes), most),
            "maximum_bytes": _slider(
                "Largest, MB (0: any)", _mb(start.maximum_bytes), most
            ),
            "required_words": _line("Required words", start.required_words),
            "ignored_words": _line("Ignored words", start.ignored_words),
        }
        self.priorities = {
            name: _slider(
                name,
                start.indexer_priorities.get(name, USUAL_PRIORITY),
                LAST_PRIORITY,
                least=1,
            )
            for name in sorted({one.indexer for one in releases})
        }
        self._first = {name: one.value for name, one in self.fields.items()}
        fields = list(self.fields.values())
        left = [self.profile, self._hi_res, *fields[:3]]
        right = fields[3:]
        for control in (*left, *right, *self.priorities.values()):
            control.observe(lambda _: on_change(), "value")
        columns = [widgets.VBox(left), widgets.VBox(right)]
        if len(self.priorities) > 1:
            heading = widgets.Label("Indexers: 1 comes first")
            columns.append(widgets.VBox([heading, *self.priorities.values()]))
        super().__init__([widgets.HBox(columns)])

    @property
    def profiles(self) -> tuple[QualityProfile, ...]:
        """Return the wanted quality, or the ladder that was given at first."""
        wanted: tuple[QualityProfile, ...] = self.profile.value
        return wanted

    @property
    def preferences(self) -> Preferences:
        """Return the preferences; controls that were not moved keep their values."""
        moved = {
            name: control.value
            for name, control in self.fields.items()
            if control.value != self._first[name]
        }
        changes = {name: _READ[name](value) for name, value in moved.items()}
        if self._hi_res.value != self._start.quality.lossless_prefers_hi_res:
            changes["quality"] = replace(
                self._start.quality, lossless_prefers_hi_res=self._hi_res.value
            )
        priorities = dict(self._start.indexer_priorities)
        for name, one in self.priorities.items():
            if one.value != priorities.get(name, USUAL_PRIORITY):
                priorities[name] = one.value
        return replace(self._start, **changes, indexer_priorities=priorities)


def _described(text: str) -> dict[str, object]:
    return {"description": text, "style": _STYLE, "layout": _WIDE}


def _slider(text: str, value: int, most: int, *, least: int = 0) -> widgets.IntSlider:
    return widgets.IntSlider(value, least, max(most, value), **_described(text))


def _choice(text: str, value: StrEnum) -> widgets.Dropdown:
    options = [one.value for one in type(value)]
    return widgets.Dropdown(options=options, value=value.value, **_described(text))


def _box(text: str, value: bool) -> widgets.Checkbox:
    return widgets.Checkbox(value, **_described(text))


def _line(text: str, words: Iterable[str]) -> widgets.Text:
    return widgets.Text(", ".join(words), continuous_update=False, **_described(text))


def _mb(size_bytes: int | None) -> int:
    return (size_bytes or 0) // _MB


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _bytes(megabytes: int) -> int | None:
    return megabytes * _MB or None


# From the value of a control to that of a preference.
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
