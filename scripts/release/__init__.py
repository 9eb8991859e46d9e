"""`python -m scripts.release`: builds what is published."""
