"""PreferenceControls: what a household prefers, to be turned while one looks."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import ipywidgets as widgets
from music_agregator import Preferences, QualityProfile
from music_agregator.decision import EditionPreference, WordingPreference
from music_agregator.decision.preferences import LAST_PRIORITY, USUAL_PRIORITY

_STYLE = {"description_width": "130px"}
_WIDE = widgets.Layout(width="360px")
_MB = 1_000_000
_MOST_MB = 2_000


class PreferenceControls(widgets.VBox):
    """Sliders and boxes; `on_change` is called after each, with nothing."""

    def __init__(
        self,
        profiles: Iterable[QualityProfile],
        preferences: Preferences,
        indexers: Iterable[str],
        on_change: Callable[[], None],
    ) -> None:
        self._start = preferences
        self._ladder = tuple(profiles)
        self._profile = widgets.Dropdown(
            options=[profile.value for profile in QualityProfile],
            value=self._ladder[0].value,
            **_described("Quality"),
        )
        self._seeders = widgets.IntSlider(
            preferences.minimum_seeders, 0, 100, **_described("Least seeders")
        )
        self._least = widgets.IntSlider(
            _megabytes(preferences.minimum_bytes),
            0,
            _MOST_MB,
            **_described("Smallest, MB"),
        )
        self._most = widgets.IntSlider(
            _megabytes(preferences.maximum_bytes),
            0,
            _MOST_MB,
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
            for name in sorted(set(indexers))
        }
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
        """Return the wanted quality; the ladder that it began with, if it is the same."""
        wanted = QualityProfile(self._profile.value)
        return self._ladder if wanted is self._ladder[0] else (wanted,)

    @property
    def preferences(self) -> Preferences:
        """Return what is preferred; what has no control stays as it was."""
        return replace(
            self._start,
            quality=replace(
                self._start.quality, lossless_prefers_hi_res=self._hi_res.value
            ),
            edition=EditionPreference(self._edition.value),
            wording=WordingPreference(self._wording.value),
            minimum_seeders=self._seeders.value,
            minimum_bytes=self._least.value * _MB or None,
            maximum_bytes=self._most.value * _MB or None,
            required_words=_words(self._required.value),
            ignored_words=_words(self._ignored.value),
            allow_packs=self._packs.value,
            indexer_priorities={
                **self._start.indexer_priorities,
                **{name: one.value for name, one in self._priorities.items()},
            },
        )


def _described(text: str) -> dict[str, object]:
    return {"description": text, "style": _STYLE, "layout": _WIDE}


def _megabytes(size_bytes: int | None) -> int:
    return (size_bytes or 0) // _MB


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
