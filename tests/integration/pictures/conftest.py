"""Pictures that people and hostile senders bring, and what each must end as. They are not part of the project."""

import base64
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
    """A file, and how its document must end: `ok`, `failed`, or `either`, both of which are right.

    `made` ones come from the generator, the others were found. `like` names the picture whose top synset it must have.
    """

    name: str
    data: bytes
    expect: str
    made: bool
    like: str | None = None

    @property
    def text(self) -> str:
        """As base64."""
        return base64.b64encode(self.data).decode("ascii")

    def fault(self, found: str, reason: str | None) -> str | None:
        """What is wrong with an outcome, None where nothing is."""
        if found == "failed" and not reason:
            return f"{self.name}: failed without a reason"
        if self.expect in (found, "either") and found in ("ok", "failed"):
            return None
        return f"{self.name}: expected {self.expect}, found {found}: {reason}"


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
    made = [
        Picture(name, (folder / name).read_bytes(), row["expect"], True, row.get("like")) for name, row in table.items()
    ]
    awkward = test_data / "awkward"
    rows = _ROW.finditer((awkward / "SOURCE.md").read_text("utf-8"))
    found = [
        Picture(row["file"], (awkward / row["file"]).read_bytes(), _VERDICTS[row["verdict"]], False) for row in rows
    ]
    assert len(made) > 20 and len(found) > 50
    return made + found


def unlike(pictures: list[Picture], top: dict[str, str]) -> list[str]:
    """What is wrong with the top synsets by name of those that must have another's."""
    return [
        f"{picture.name}: expected {top[picture.like]} as {picture.like}, found {top.get(picture.name)}"
        for picture in pictures
        if picture.like and top.get(picture.name) != top[picture.like]
    ]
