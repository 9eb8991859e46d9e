"""The documents' shell blocks, run as they stand but for the address of Elasticsearch."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

_DOCUMENTED = "ES=http://127.0.0.1:9200\n"


def shell_blocks(text: str) -> list[str]:
    """What stands between ```bash and ```, in order."""
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def answers(script: str, elasticsearch_url: str, folder: Path) -> list[dict[str, Any]]:
    """What each curl of a script answers, in `folder`; no setting of the developer's shell gets in.

    Raises:
        subprocess.CalledProcessError: a command fails.
    """
    script = f"ES={elasticsearch_url}\n" + script.replace(_DOCUMENTED, "")
    # one answer a line
    script = script.replace("curl ", "curl --silent --show-error --write-out '\\n' ")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line]
