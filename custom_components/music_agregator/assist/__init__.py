"""Assist: what people say about albums, and what they hear."""
