"""WordNet's dictionary files (format: wndb(5WN)), as far as the table of words needs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_INSTANCE = "@i"


@dataclass(frozen=True)
class Noun:
    """One noun synset. `file` is the number of its lexicographer file, which says what sort of thing it is."""

    wnid: str
    file: int
    lemmas: tuple[str, ...]
    hypernyms: tuple[str, ...]
    is_instance: bool
    gloss: str

    @property
    def sentence(self) -> str:
        """What it is, in words."""
        return f"{', '.join(self.lemmas[:3])}: {self.gloss}"


class WordNet:
    """The nouns, and how often each is meant by each of its words."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def nouns(self) -> dict[str, Noun]:
        """By wnid."""
        return {noun.wnid: noun for noun in map(_noun, self._lines("data.noun"))}

    @cached_property
    def senses(self) -> dict[str, list[tuple[str, int]]]:
        """By lemma (lower case, with spaces) its wnids, the commonest first, with how often each was counted."""
        counts: dict[tuple[str, int], int] = {}
        for line in self._lines("cntlist.rev"):
            key, number, count = line.split()
            lemma, rest = key.split("%", 1)
            if rest.startswith("1:"):
                counts[lemma, int(number)] = int(count)
        senses = {}
        for line in self._lines("index.noun"):
            fields = line.split()
            offsets = fields[-int(fields[2]) :]
            senses[fields[0].replace("_", " ")] = [
                (f"n{offset}", counts.get((fields[0], number), 0)) for number, offset in enumerate(offsets, 1)
            ]
        return senses

    def lemmas(self, part: str) -> list[str]:
        """The words of a part of speech: adj, adv or verb; single words alone."""
        words = (line.split(" ", 1)[0] for line in self._lines(f"index.{part}"))
        return [word for word in words if "_" not in word]

    def irregular_plurals(self) -> dict[str, str]:
        """By plural its singular."""
        pairs = (line.split() for line in self._lines("noun.exc"))
        return {fields[0].replace("_", " "): fields[1].replace("_", " ") for fields in pairs}

    def above(self, wnid: str) -> dict[str, int]:
        """All above a synset with their distance, the synset itself at 0; nearest first."""
        found = {wnid: 0}
        todo = [wnid]
        while todo:
            below = todo.pop(0)
            for wider in self.nouns[below].hypernyms:
                if wider not in found:
                    found[wider] = found[below] + 1
                    todo.append(wider)
        return found

    def _lines(self, name: str) -> Iterator[str]:
        for line in (self._folder / name).read_text("utf-8").splitlines():
            if not line.startswith("  "):  # the license at the top
                yield line


def _noun(line: str) -> Noun:
    left, gloss = line.split(" | ", 1)
    fields = left.split()
    count = int(fields[3], 16)
    pointers = fields[5 + 2 * count :]
    hypernyms = []
    is_instance = False
    for symbol, offset, part in zip(pointers[::4], pointers[1::4], pointers[2::4], strict=False):
        if symbol in ("@", _INSTANCE) and part == "n":
            hypernyms.append(f"n{offset}")
            is_instance |= symbol == _INSTANCE
    lemmas = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
    return Noun(f"n{fields[0]}", int(fields[1]), lemmas, tuple(hypernyms), is_instance, gloss.split('; "')[0].strip())
