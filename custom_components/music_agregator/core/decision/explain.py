"""Explain in sentences why a candidate was rejected, and where its score comes from.

A host may have the same sentences in other languages, under the same codes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..model import Candidate
from ..sentences import CANDIDATES

type Translate = Callable[[str, Mapping[str, Any]], str]


def sentence(code: str, details: Mapping[str, Any]) -> str:
    """Return the sentence of a reason or of a part of a score."""
    return CANDIDATES[code].format(**details)


def with_sentences(
    candidate: Candidate, translate: Translate = sentence
) -> dict[str, Any]:
    """Return a candidate as plain values, with a sentence for each reason and part.

    `translate` returns the sentence of a code with its details, in any language.
    """
    data = candidate.to_dict()

    def explained(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**item, "sentence": translate(item["code"], item["details"])}
            for item in items
        ]

    return {
        **data,
        "quality": str(candidate.quality),
        "reasons": explained(data["reasons"]),
        "parts": explained(data["parts"]),
    }


def why(candidate: Candidate) -> list[str]:
    """Return where a candidate's points come from, the most first."""
    parts = sorted(candidate.parts, key=lambda part: -round(part.points, 1))
    return [
        f"{sentence(part.code, part.details)} (+{round(part.points, 1):g})"
        for part in parts
    ]
