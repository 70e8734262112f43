"""Metadata: which album a request means, and what MusicBrainz knows of it."""
