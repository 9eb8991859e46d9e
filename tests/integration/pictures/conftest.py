"""Pictures that people and hostile senders bring, and what each must end as. They are not part of the project."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROW = re.compile(r"^\| (?P<file>\S+) \|(?:[^|]*\|){3} (?P<verdict>[ARE]) \|", re.MULTILINE)
_VERDICTS = {"A": "ok", "R": "failed", "E": "either"}


@dataclass(frozen=True)
class Picture:
    """A file, and how its document must end: `ok`, `failed`, or `either`, both of which are right."""

    name: str
    data: bytes
    expect: str


@pytest.fixture(scope="session")
def pictures(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    """Those that a script beside the photos makes, and the awkward files among them."""
    generator = test_data.parent / "cases" / "make_pictures.py"
    if not generator.is_file():
        pytest.skip(f"needs {generator}")
    folder = tmp_path_factory.mktemp("pictures")
    photo = min((test_data / "imagenet_dev").glob("*.JPEG"))
    subprocess.run([sys.executable, generator, folder, photo], check=True, stdout=subprocess.DEVNULL)
    table = json.loads((folder / "expected.json").read_text("utf-8"))
    made = [Picture(name, (folder / name).read_bytes(), row["expect"]) for name, row in table.items()]
    awkward = test_data / "awkward"
    rows = _ROW.finditer((awkward / "SOURCE.md").read_text("utf-8"))
    found = [Picture(row["file"], (awkward / row["file"]).read_bytes(), _VERDICTS[row["verdict"]]) for row in rows]
    assert len(made) > 20 and len(found) > 50
    return made + found
