"""The toolkit's own tests are run by its own Python: see test_toolkit.py."""

collect_ignore = ["toolkit"]
