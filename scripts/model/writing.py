"""The text of model.yaml."""

import json
import re
from collections.abc import Sequence

from scripts.model.looking import Looked
from sidecar.images.fitting import FITS
from sidecar.models.preprocessing import SCALES

# what YAML reads as a text, whoever reads it
_PLAIN = re.compile(r"[^\W\d_][\w ()/äöüÄÖÜß-]*")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "imagenet"}


def manifest_text(name: str, file: str, looked: Looked, classes: Sequence[str] | None) -> str:
    """The manifest, with a comment at each key; `classes` is None for ImageNet's."""

    def note(key: str) -> str:
        return "A GUESS, CHECK IT: " if key in looked.guesses else ""

    lines = [
        "# A model that the image-synset sidecar serves: docs/models.md says what each key means.",
        f"name: {name}",
        f"file: {_text(file)}",
        f"size: {looked.size}  # {note('size')}side of the square input in pixels",
        f"resize: {looked.resize}  # {note('resize')}one of {', '.join(FITS)}",
        f"scaling: {looked.scaling}  # {note('scaling')}one of {', '.join(SCALES)}",
        f"scores: {looked.scores}  # what the network gives: probabilities, or logits (before the softmax or sigmoid)",
        f"multi_label: {str(looked.multi_label).lower()}  # true: several classes may be in one photo",
    ]
    if looked.output is not None:
        lines.append(f"output: {_text(looked.output)}  # the one of several outputs that holds the scores")
    if classes is None:
        return "\n".join([*lines, "classes: imagenet  # the 1000 in their usual order", ""])
    lines += [
        "# In the order of the network's outputs. A class may also have an id, other words that people use for it in",
        "# any language, and parents, which are classes or listed under concepts:",
        "#   - {name: Katze, id: n02121620, words: [cat, Stubentiger], parents: [Tier]}",
        "classes:",
        *(f"  - {_text(label)}" for label in classes),
    ]
    return "\n".join([*lines, ""])


def _text(value: str) -> str:
    """As a YAML scalar on one line."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT and value == value.strip()
    return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())
