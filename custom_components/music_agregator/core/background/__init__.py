"""Background: what goes on without a request."""
