"""Find words that readers stumble over, and British spelling, in the text files that git tracks.

The words, what to write instead, and the exceptions are in plain_words.toml.

Run:    python -m scripts.dev.plain_words [FILE ...]
Without FILE all tracked files are read, except those that plain_words.toml exempts. Exits with 1 if a word is found.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_LISTS = Path(__file__).with_name("plain_words.toml")
# where words end inside identifiers: scoreOf, score_of
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")


@dataclass(frozen=True)
class Found:
    """One refused word in a text; `line` counts from 1."""

    line: int
    word: str
    instead: str


class PlainWords:
    """The lists of plain_words.toml."""

    def __init__(self, lists: dict[str, Any]) -> None:
        """Raises KeyError or re.error when the lists are not as the file's head describes them."""
        self.exempt: list[str] = lists["exempt"]["files"]
        self._allowed = re.compile("|".join(rf"\b{re.escape(text)}\b" for text in lists["allowed"]["texts"]) or "(?!)")
        self._refused = [(re.compile(_pattern(entry), re.IGNORECASE), entry["instead"]) for entry in lists["refused"]]

    def is_exempt(self, file: str) -> bool:
        """Whether the file, by its path in the repository, is not checked."""
        return any(fnmatch(file, glob) for glob in self.exempt)

    def check(self, text: str) -> Iterator[Found]:
        """Every refused word, line by line."""
        for number, line in enumerate(text.splitlines(), 1):
            words = _WORD_ENDS.sub(" ", self._allowed.sub("", line))
            for pattern, instead in self._refused:
                for match in pattern.finditer(words):
                    yield Found(number, match[0].strip(), instead)


def read_lists(path: Path = _LISTS) -> PlainWords:
    """The lists of that file, see `PlainWords`."""
    return PlainWords(tomllib.loads(path.read_text("utf-8")))


def tracked_files(root: Path) -> list[str]:
    """Paths in the repository, relative to its root, of the files that git tracks and that are still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    return [file for file in listed.split("\0") if file and (root / file).is_file()]


def check_files(lists: PlainWords, root: Path, files: Iterable[str]) -> Iterator[str]:
    """A line for each refused word; files that are not text are skipped."""
    for file in files:
        try:
            text = (root / file).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for found in lists.check(text):
            yield f'{file}:{found.line}: "{found.word}": write {found.instead}'


def _pattern(entry: dict[str, Any]) -> str:
    if "pattern" in entry:
        return str(entry["pattern"])
    words = (re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in entry["words"])
    return rf"\b(?:{'|'.join(words)})\b"


def main(arguments: list[str] | None = None) -> int:
    """Print what is found; 1 if there is anything, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="Check these instead, even where they are exempt.")
    named = [str(Path(file).resolve().relative_to(_ROOT)) for file in parser.parse_args(arguments).files]
    lists = read_lists()
    files = named or [file for file in tracked_files(_ROOT) if not lists.is_exempt(file)]
    lines = list(check_files(lists, _ROOT, files))
    for line in lines:
        print(line)
    if lines:
        print(f"Found {len(lines)} words to replace. The list, and its exceptions, are in {_LISTS.relative_to(_ROOT)}.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
