"""AlbumSearch: search an album by text, and pick one of the matches."""

from collections.abc import Sequence
from typing import Any, override

import ipywidgets as widgets
from music_agregator import App
from music_agregator.model import Album, AlbumMatch

from .displayable import Cell, Listed
from .task_status import TaskStatus


class Albums(Listed[AlbumMatch]):
    """The albums that a text may mean, best first."""

    head = ("fits", "artist", "album", "released", "kind", "album_id")

    @override
    def _line(self, item: AlbumMatch) -> Sequence[Cell]:
        album = item.album
        kinds = (album.primary_type, *album.secondary_types, album.disambiguation)
        return (
            item.score,
            album.artist,
            album.title,
            album.first_release_date,
            ", ".join(kind for kind in kinds if kind),
            album.album_id,
        )


class AlbumSearch(widgets.VBox):
    """A search field and its answers; `album` is the one that is picked."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked: tuple[str, str] | None = None
        self._is_filling = False
        self.album_text = widgets.Text(description="Album", continuous_update=False)
        self.artist_text = widgets.Text(description="Artist", continuous_update=False)
        self.button = widgets.Button(description="Search", icon="search")
        self.answers = widgets.Select(
            description="It means", rows=5, layout=widgets.Layout(width="80%")
        )
        self.task_status = TaskStatus()
        self.button.on_click(self._ask_anew)
        for field in (self.album_text, self.artist_text):
            field.observe(self._ask_anew, "value")
        fields = widgets.HBox([self.album_text, self.artist_text, self.button])
        super().__init__([fields, self.answers, self.task_status])

    def __repr__(self) -> str:
        return self.album.described if self.album else "no album yet"

    @property
    def album(self) -> Album | None:
        """Return the album that is picked."""
        album: Album | None = self.answers.value
        return album

    async def ask(self, album: str, artist: str = "") -> Albums:
        """Search for a text, and show it in the fields."""
        self._is_filling = True
        try:
            self.album_text.value, self.artist_text.value = album, artist
        finally:
            self._is_filling = False
        self._asked = asked = (album, artist)
        return await self._ask(asked)

    async def _ask(self, asked: tuple[str, str]) -> Albums:
        """Search and show the matches, unless another search began meanwhile."""
        album, artist = asked
        try:
            found = await self._app.search_albums(artist=artist or None, album=album)
        except BaseException:
            if self._asked is asked:
                # It may be asked again.
                self._asked = None
            raise
        if self._asked is asked:
            named = [(match.album.described, match.album) for match in found]
            self.answers.options = named or [("Nothing of that name", None)]
            self.answers.value = found[0].album if found else None
        return Albums(found)

    def _ask_anew(self, _: Any) -> None:
        """Search, unless it is the last search again: leaving a field is a change, too."""
        asked = (self.album_text.value.strip(), self.artist_text.value.strip())
        if asked[0] and asked != self._asked and not self._is_filling:
            self._asked = asked
            self.task_status.start(self._ask(asked), "Asking MusicBrainz ...")
