"""`image-synset` in a process of its own, for what can't be done in the tests' own."""

import os
import subprocess
import sys
from pathlib import Path


def started(state_dir: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    """The command on the stack of that folder; its standard output is a pipe."""
    command = [Path(sys.executable).with_name("image-synset"), *arguments]
    environment = {**os.environ, "IMAGE_SYNSET_STATE_DIR": str(state_dir)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
