"""Config: the options, the indexer flow, and the core's settings made of them."""
