"""Why a run ended, as a code and one sentence that says what to change."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..sentences import ENDS


def is_known(code: str) -> bool:
    """Return whether there is a sentence for a code."""
    return code in ENDS


def end_data(code: str, **details: Any) -> dict[str, Any]:
    """Return the data of an outcome: its code, its sentence and the details in it."""
    known = code if code in ENDS else "internal_error"
    blanks = {"detail": "", **details}
    return {"error": known, "reason": ENDS[known].format(**blanks), **details}


def most_common(codes: Iterable[str]) -> str:
    """Return the most common reasons for rejecting, in words."""
    return ", ".join(
        f"{code.replace('_', ' ')}: {count}"
        for code, count in Counter(codes).most_common(3)
    )
