"""Workflow: one run after the other takes its steps, up to a torrent in the client."""
