"""Downloads: what becomes of a torrent until its music is on disk."""
