"""What is in a photo, according to its folder or file name."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.evaluate.wordnet import WordNet

# photos that make a WordNet concept a label: with fewer, ten places can't all be right
ENOUGH = 10

_WNID = re.compile(r"n\d{8}(?!\d)")


@dataclass(frozen=True, slots=True)
class Label:
    """`words` is what people call it, `photos` the ids of those that are relevant to it."""

    name: str
    words: str
    photos: frozenset[str]


def label_photos(names: Mapping[str, str], wordnet: WordNet) -> dict[str, Label]:
    """The label of each photo, by its id. `names` is `{id: path inside the folder}`.

    A photo's label is the subfolder it is in, or else its file name up to the first "." or "_". Where that begins with
    a WordNet id (n02123045_tabby.jpg), it is the nearest concept above (or the class itself) with ten photos in the
    folder; of several equally near, the one with the fewest. To such a label all photos below it are relevant, also
    those whose own label is narrower.
    """
    tags = {id_: _tag(name) for id_, name in names.items()}
    wnids = {id_: tag[:9] for id_, tag in tags.items() if _WNID.match(tag) and tag[:9] in wordnet}
    concepts = _nearest(wnids, wordnet)
    plain = {tag: frozenset(id_ for id_ in tags if tags[id_] == tag) for tag in tags.values()}
    return {
        id_: concepts[id_] if id_ in concepts else Label(tag, tag.replace("_", " "), plain[tag])
        for id_, tag in tags.items()
    }


def _tag(name: str) -> str:
    folder, slash, _ = name.partition("/")
    return folder if slash else re.split(r"[._]", name, maxsplit=1)[0]


def _nearest(wnids: Mapping[str, str], wordnet: WordNet) -> dict[str, Label]:
    above = {wnid: wordnet.above(wnid) for wnid in set(wnids.values())}
    counts = Counter(key for wnid in wnids.values() for key in above[wnid])
    keys = {wnid: _nearest_key(wnid, counts, wordnet) for wnid in above}
    labels = {
        key: Label(key, wordnet.words(key), frozenset(id_ for id_, wnid in wnids.items() if key in above[wnid]))
        for key in set(keys.values())
    }
    return {id_: labels[keys[wnid]] for id_, wnid in wnids.items()}


def _nearest_key(wnid: str, counts: Counter[str], wordnet: WordNet) -> str:
    for level in wordnet.levels(wnid):
        if enough := [key for key in level if counts[key] >= ENOUGH]:
            return min(enough, key=lambda key: (counts[key], key))
    return next(iter(next(wordnet.levels(wnid))))  # a folder of fewer than ten photos
