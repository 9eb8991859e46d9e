"""`python -m scripts.gallery`: in a container that has only what this command needs."""

from scripts.gallery.command import gallery

gallery()
