"""Standalone: the core without a host, for scripts and notebooks."""
