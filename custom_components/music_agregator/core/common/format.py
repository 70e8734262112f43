"""Numbers and texts as people write them."""

import re


def clock_time(seconds: float) -> str:
    """Return a length as people write it: `45:36`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def megabytes(size_bytes: int) -> str:
    """Return a size as people write it: `612 MB`, `1.4 GB`."""
    if size_bytes >= 1_000_000_000:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{max(round(size_bytes / 1e6), 1)} MB"


# What makes links, pictures and markup; an address alone becomes a link, too.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#@]|:(?=//)|(?<=www)\.)")


def plain_text(value: object, *, limit: int = 200) -> str:
    """Return a text from outside in one line, in which no Markdown and no HTML is left."""
    return _MARKDOWN.sub(r"\\\1", " ".join(clean_text(value, limit=limit).split()))


def clean_text(value: object, *, limit: int = 500) -> str:
    """Return a text from outside as one that every socket and database takes."""
    return whole_characters(str(value or "")[:limit].replace("\0", ""))


def whole_characters(text: str) -> str:
    """Return a text with a mark for each half of a character: nobody can be sent one."""
    return text if text.isascii() else text.encode(errors="replace").decode()
