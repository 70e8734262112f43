"""Torrents: the client, what is in it, and what is done about it."""
