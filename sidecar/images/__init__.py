"""From the bytes in a request to pixels."""
