"""Numbers as people write them."""


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
