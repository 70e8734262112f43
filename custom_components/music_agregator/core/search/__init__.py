"""Search: what the indexers offer for an album."""
