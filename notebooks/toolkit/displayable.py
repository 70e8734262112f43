"""Values that display themselves: as HTML in a notebook, as text elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, ClassVar, overload

# JupyterLab aligns it right, and puts widgets close together.
_LEFT = 'style="text-align:left;padding:2px 8px"'

type Cell = str | int | float | None


class Displayable:
    """A value with a text and an HTML form, both escaped."""

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str | bytes]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


class Table(Displayable):
    """Rows under a heading."""

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        self.head = tuple(head)
        self.rows = [tuple(map(written, row)) for row in rows]

    def __str__(self) -> str:
        """Return it in columns, each as wide as its longest cell, up to a limit."""
        lines = [self.head, *self.rows]
        widths = [min(max(map(len, column)), 60) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell[:width].ljust(width)
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" {_LEFT}>{escape(name)}</th>' for name in self.head
        )
        rows = "".join(
            f"<tr>{''.join(f'<td {_LEFT}>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


class Listed[T](Displayable, Sequence[T]):
    """A list that displays itself as a table."""

    head: ClassVar[tuple[str, ...]]

    def __init__(self, items: Iterable[T]) -> None:
        self._items = tuple(items)

    def _line(self, item: T) -> Sequence[Cell]:
        raise NotImplementedError

    @property
    def _table(self) -> Table:
        return Table(self.head, [self._line(item) for item in self._items])

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Listed[T]": ...
    def __getitem__(self, place: int | slice) -> "T | Listed[T]":
        found = self._items[place]
        return type(self)(found) if isinstance(place, slice) else found  # type: ignore[arg-type, return-value]

    def __str__(self) -> str:
        """Return a line for each."""
        return str(self._table)

    def _repr_html_(self) -> str:
        return self._table._repr_html_()


def written(cell: Cell) -> str:
    """Return a value as text for people."""
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
