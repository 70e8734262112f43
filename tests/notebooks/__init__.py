"""The notebooks and their toolkit: they run in a Python of their own, without Home Assistant."""
