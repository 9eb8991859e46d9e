"""`python -m scripts.setup`: in a container that has only what this command needs."""

from scripts.setup.command import setup

setup()
