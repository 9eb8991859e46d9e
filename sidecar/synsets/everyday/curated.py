"""Reads everyday.txt, which says what people mean where WordNet leads elsewhere."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

KINDS = "=~?-"

# what can't be seen by the classes of a picture, by the letter that the table has for it
REASONS = {
    "p": "people",
    "f": "faces",
    "l": "places",
    "e": "events",
    "t": "times",
    "s": "sky",
    "c": "colors",
    "w": "words",
    "d": "doings",
    "q": "qualities",
    "a": "abstract",
    "n": "nothing near",
}
_LETTERS = {reason: letter for letter, reason in REASONS.items()}
_LINE = re.compile(r"(.+?) ([=~?-]) (.+)")


@dataclass(frozen=True)
class Reading:
    """What a word leads to. `kind`: `=` and `~` search `searched` and offer `offered`, `?` only offers, `-` neither."""

    kind: str
    searched: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    reason: str = ""


def read(path: Path, concepts: Collection[str]) -> dict[str, Reading]:
    """By word its reading.

    Raises:
        ValueError: a line is not as the file's head says, or names what is not a concept.
    """
    readings: dict[str, Reading] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number}: expected words, one of {KINDS}, and what they lead to, found {line!r}")
        reading = _reading(found[2], found[3])
        for concept in (*reading.searched, *reading.offered):
            if concept not in concepts:
                raise ValueError(f"line {number}: expected keys of concepts, found {concept!r}")
        for word in _list(found[1]):
            if word in readings:
                raise ValueError(f"line {number}: expected each word once, found {word!r} again")
            readings[word] = reading
    return readings


def _reading(kind: str, rest: str) -> Reading:
    if kind == "-":
        return Reading("-", reason=_LETTERS[rest.strip()])
    first, _, second = rest.partition("|")
    if kind == "?":
        return Reading("?", offered=_list(first))
    return Reading(kind, _list(first), _list(second))


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
