"""Explain in sentences why a candidate was rejected, and where its score comes from.

A host may have the same sentences in other languages, under the same codes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..model import Candidate

type Translate = Callable[[str, Mapping[str, Any]], str]

EXPLANATIONS = {
    "pack": "A pack of several albums; the option to allow packs is off.",
    "unreadable_title": "The title does not tell artist and album apart.",
    "wrong_artist": "By {found}, not by {wanted}.",
    "wrong_album": 'The album is "{found}", not "{wanted}".',
    "other_work": "Another work of that name ({marker}).",
    "wrong_year": "From {found}, but the album came out in {wanted}.",
    "too_few_bits": "{wanted}-bit wanted, {found}-bit found.",
    "wrong_quality": "{found} does not fit the quality {wanted}.",
    "unknown_quality": "The title names no codec, so it may not fit the quality {wanted}.",
    "too_small": (
        "{size} is {kbps} kbps for {length}; {quality} takes {limit} at least."
    ),
    "too_large": (
        "{size} is {kbps} kbps for {length}; {quality} takes {limit} at most."
    ),
    "below_minimum_size": "{size} is less than the option allows ({limit} at least).",
    "above_maximum_size": "{size} is more than the option allows ({limit} at most).",
    "required_word": "None of the required words is in the title ({words}).",
    "ignored_word": 'The ignored word "{word}" is in the title.',
    "blocked": "This torrent is on the blocklist.",
    "too_few_seeders": "{found} seeders, but the option asks for {wanted}.",
    "no_music": "This is no music ({word}).",
    "no_link": "The indexer gives no link to it.",
    "score_quality": "{found} is choice {place} of {places} for {wanted}.",
    "score_quality_unfit": "{found} is no choice for {wanted}.",
    "score_album": "The album's title is right.",
    "score_album_alike": 'The title "{found}" is close to "{wanted}".',
    "score_album_vague": "The title is right, but says not what kind of album it is.",
    "score_album_pack": "The album is one of several in a pack.",
    "score_artist": "The artist is right.",
    "score_artist_alike": 'The artist "{found}" is close to "{wanted}".',
    "score_edition": "The edition: {found}; preferred: {wanted}.",
    "score_edition_later": "A later edition, from {year}; preferred: {wanted}.",
    "score_edition_unsaid": "No other edition is named; preferred: {wanted}.",
    "score_seeders": "{found} seeders.",
    "score_seeders_unknown": "The indexer does not count seeders.",
    "score_size": (
        "{size} is {kbps} kbps for {length}, as it should be ({least} to {most})."
    ),
    "score_size_strange": (
        "{size} is {kbps} kbps for {length}, usual are {least} to {most}."
    ),
    "score_size_estimated": (
        "{size} is about {kbps} kbps for an estimated {length}, as it should be"
        " ({least} to {most})."
    ),
    "score_size_estimated_strange": (
        "{size} is about {kbps} kbps for an estimated {length}, usual are {least} to"
        " {most}."
    ),
    "score_size_unknown": "The size, or the album's length, is unknown.",
    "score_year": "An edition came out in {found}.",
    "score_year_strange": "No edition is known from {found}.",
    "score_year_unknown": "The title names no year.",
    "score_wording": "The wording: {found}; preferred: {wanted}.",
    "score_wording_unsaid": "The wording is not named; preferred: {wanted}.",
    "score_wording_any": "No wording is preferred.",
    "score_indexer": "{indexer} has priority {priority}.",
    "score_free_leech": "The download counts {percent} %.",
    "score_free_leech_unknown": "Nothing says that the download is free.",
}


def sentence(code: str, details: Mapping[str, Any]) -> str:
    """Return the sentence of a reason or of a part of a score."""
    return EXPLANATIONS[code].format(**details)


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
