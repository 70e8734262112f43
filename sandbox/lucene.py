"""As much of Lucene's query language as MusicBrainz is asked in."""

from collections.abc import Iterator, Mapping
from math import log
import re
import unicodedata

_CLAUSE = re.compile(r'(\w+):(?:"((?:[^"\\]|\\.)*)"|\(([^)]*)\)|(\S+))')
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "ð": "d", "þ": "th"})

type Fields = Mapping[str, tuple[str, ...]]


def words(text: str) -> list[str]:
    """Return a text's words, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.findall(r"\w+", plain)


class Index:
    """Documents by what their fields say; each field holds one or more texts."""

    def __init__(self, documents: list[Fields]) -> None:
        self._documents = [
            {name: [words(text) for text in texts] for name, texts in fields.items()}
            for fields in documents
        ]

    def search(self, query: str) -> list[tuple[int, int]]:
        """Return the places of what fits every clause, with points: the best has 100."""
        totals: dict[int, float] | None = None
        for field, phrase, group, single in _CLAUSE.findall(query):
            if phrase:
                points = dict(self._phrase(field, re.sub(r"\\(.)", r"\1", phrase)))
            else:
                points = self._any(field, (group or single).split(" OR "))
            totals = {
                place: before + points[place]
                for place, before in (totals or dict.fromkeys(points, 0.0)).items()
                if place in points
            }
            if not totals:
                return []
        best = max((totals or {}).values(), default=0.0)
        found = [(place, round(100 * p / best)) for place, p in (totals or {}).items()]
        return sorted(found, key=lambda pair: -pair[1])

    def _phrase(self, field: str, text: str) -> Iterator[tuple[int, float]]:
        """Yield what has some words in a row; the shorter it is, the better."""
        wanted = words(text)
        for place, fields in enumerate(self._documents):
            fitting = [
                len(wanted) / len(held)
                for held in fields.get(field, ())
                for start in range(len(held) - len(wanted) + 1)
                if held[start : start + len(wanted)] == wanted
            ]
            if wanted and fitting:
                yield place, max(fitting)

    def _any(self, field: str, terms: list[str]) -> dict[int, float]:
        """Return what has any of some terms: rare ones count more, near ones less."""
        points: dict[int, float] = {}
        for term in terms:
            spelt, _, fuzz = term.strip().partition("~")
            spelt = "".join(words(spelt))
            hits: dict[int, float] = {}
            for place, fields in enumerate(self._documents):
                held = {word for text in fields.get(field, ()) for word in text}
                near = [
                    d for word in held if (d := _edits(spelt, word)) <= int(fuzz or 0)
                ]
                if near:
                    hits[place] = 1.0 / (1 + min(near))
            for place, hit in hits.items():
                rarity = log(1 + len(self._documents) / len(hits))
                points[place] = points.get(place, 0.0) + hit * rarity
        return points


def _edits(one: str, other: str) -> int:
    """Return how many letters to change, add or leave out; 3 for anything more than 2."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, start=1):
            change = before + (letter != against)
            before, row[j] = row[j], min(change, row[j] + 1, row[j - 1] + 1)
    return min(row[-1], 3)
