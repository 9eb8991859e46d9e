"""ImageNet's vocabulary: its 1000 classes and the WordNet concepts above them, as generated into synsets.json."""

import json
from functools import cache
from pathlib import Path

from sidecar.synsets.vocabulary import Concept, SynsetClass, Vocabulary


def read_synsets(path: Path) -> Vocabulary:
    """ImageNet's vocabulary from a file that make.py made."""
    data = json.loads(path.read_text("utf-8"))
    words = {row["key"]: tuple(lemma.replace("_", " ") for lemma in row["lemmas"]) for row in data["concepts"]}
    return Vocabulary(
        "imagenet",
        [
            SynsetClass(row["name"], row["words"], row["wnid"], words[row["concept"]], row["concept"])
            for row in data["classes"]
        ],
        [Concept(row["key"], row["wnid"], tuple(row["hypernyms"]), words[row["key"]]) for row in data["concepts"]],
    )


@cache
def synset_index() -> Vocabulary:
    """ImageNet's, the one of this process (read once)."""
    return read_synsets(Path(__file__).with_name("synsets.json"))
