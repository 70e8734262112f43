"""Bridge: the core at work inside Home Assistant."""
