"""Assist: the spoken commands, and their answers."""
