"""The documents' shell blocks, run as they are."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

# how blocks find Elasticsearch
_ES = "ES=$(.venv/bin/image-synset status --url-only)"


def shell_blocks(text: str) -> list[str]:
    """What stands between ```bash and ```, in order."""
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def answers(script: str, state_dir: Path, folder: Path) -> list[dict[str, Any]]:
    """What each curl of a script answers, in `folder`, on the stack of `state_dir`.

    No setting of the developer's shell gets in.

    Raises:
        subprocess.CalledProcessError: a command fails.
    """
    programs = folder / ".venv/bin"
    if not programs.exists():
        programs.parent.mkdir()
        programs.symlink_to(Path(sys.executable).parent)
    if _ES not in script:  # a later block
        script = f"{_ES}\n{script}"
    # one answer a line
    script = script.replace("curl ", "curl --silent --show-error --write-out '\\n' ")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "IMAGE_SYNSET_STATE_DIR": str(state_dir)},
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line]
