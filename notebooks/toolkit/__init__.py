"""Show music_agregator in a notebook."""
