"""What an index takes on disk and in memory, and what changes and a cold start do to its searches."""
