"""The HTTP API: what happens to every request, and what bodies look like."""
