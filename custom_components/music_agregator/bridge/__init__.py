"""Bridge: connect the core to Home Assistant."""
