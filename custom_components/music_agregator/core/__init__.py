"""Look up, choose and download one album: the core, with no host."""
