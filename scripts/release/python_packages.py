"""The Python packages of a release: wheel and sdist, from the same sources the same bytes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.shared.errors import BuildFailed

# as the plugin's zips have it (project.build.outputTimestamp)
RELEASE_TIME = 1_767_225_600


def build_packages(root: Path, output: Path) -> list[Path]:
    """Builds both into the folder, in place of older ones, and returns them.

    Raises:
        BuildFailed: the build backend failed; the message holds what it said.
    """
    output.mkdir(parents=True, exist_ok=True)
    for old in (*output.glob("image_synset-*.whl"), *output.glob("image_synset-*.tar.gz")):
        old.unlink()
    with tempfile.TemporaryDirectory() as temporary:
        # with the pinned backend that is installed here
        command = [
            sys.executable,
            "-m",
            "uv",
            "build",
            "--quiet",
            "--no-build-isolation",
            "--out-dir",
            temporary,
            str(root),
        ]
        environment = {**os.environ, "VIRTUAL_ENV": sys.prefix, "SOURCE_DATE_EPOCH": str(RELEASE_TIME)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildFailed(f"Expected the Python packages to be built from {root}, but: {done.stderr.strip()}")
        built = sorted([*Path(temporary).glob("*.whl"), *Path(temporary).glob("*.tar.gz")])
        return [Path(shutil.copyfile(path, output / path.name)) for path in built]
