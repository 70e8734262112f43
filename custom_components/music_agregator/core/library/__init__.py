"""Library: what the user owns, on disk and in the torrent client."""
