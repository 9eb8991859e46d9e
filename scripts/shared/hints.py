"""What to do next, said for where the command runs: in a clone, from an installed package, in a container."""

import os
import shutil
import sys
from enum import Enum
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
# where pip installs to
_INSTALLED = ("site-packages", "dist-packages")


class Place(Enum):
    """Where the command runs, which decides what can be started with what."""

    CLONE = "clone"
    PACKAGE = "package"
    CONTAINER = "container"


def place(root: Path = _ROOT) -> Place:
    """A clone has the plugin's sources, a package was installed, and a container has the code copied."""
    if (root / "es_config/pom.xml").is_file():
        return Place.CLONE
    return Place.PACKAGE if root.name in _INSTALLED else Place.CONTAINER


def program() -> str:
    """`image-synset` as it has to be typed here: with its path where the shell would not find it."""
    called = Path(sys.argv[0])
    if called.name != "image-synset":
        return "image-synset"
    found = shutil.which("image-synset")
    if found and os.path.realpath(found) == os.path.realpath(called):
        return "image-synset"
    return os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)


def start_elasticsearch() -> str:
    """How to get an Elasticsearch to talk to; a whole sentence without its end."""
    match place():
        case Place.CLONE:
            return f"Start one with `{program()} up`, or set --url, --ca-certs and --api-key"
        case Place.CONTAINER:
            return "Start it with `docker compose up --wait`, or set IMAGE_SYNSET_URL"
        case Place.PACKAGE:
            return "Set --url (or IMAGE_SYNSET_URL) to your Elasticsearch, and --ca-certs and --api-key where needed"


def start_sidecar() -> str:
    """How to start the sidecar; a whole sentence without its end."""
    match place():
        case Place.CLONE:
            return f"Start the sidecar (locally: `{program()} up`)"
        case Place.CONTAINER:
            return "Start the sidecar (`docker compose up --wait sidecar`)"
        case Place.PACKAGE:
            return f"Start the sidecar (`{program()} serve`)"
