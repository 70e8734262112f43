"""Take the words of an edition off the title of an album."""

from .cleaning import clean
from .groups import is_bare_edition, is_edition, name_of
from .pieces import Group
from .tokens import pieces_of


def bare_title(title: str) -> str:
    """Return an album's title without the words of an edition.

    "Slow Cartography: Deluxe Edition" is "Slow Cartography"; what would be
    another work ("Live at ...", "The Remixes") keeps its name.
    """
    text = clean(title)
    kept = [
        piece
        for piece in pieces_of(text)
        if not (isinstance(piece, Group) and is_bare_edition(piece))
    ]
    place = end = len(kept)
    while place > 1:
        place -= 1
        if is_bare_edition(kept[place]):
            end = place
        elif not is_edition(kept[place : place + 1]):
            break
    return name_of(text, kept[:end]) or text
