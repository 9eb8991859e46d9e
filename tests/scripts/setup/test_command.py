"""What `setup` says at its end: the index that photos belong in, by the vocabularies of the sidecars."""

import pytest

from scripts.setup.command import indices_to_fill, next_steps


@pytest.mark.parametrize(
    ("vocabularies", "index", "indices", "said"),
    [
        (["imagenet"], "image-synset", ["image-synset"], "Next: image-synset index FOLDER"),
        ([], "image-synset", ["image-synset"], "Next: image-synset index FOLDER"),
        (["imagenet"], "photos", ["photos"], "Next: image-synset index FOLDER --index photos"),
        (["shop"], "image-synset", ["image-synset-shop"], "Next: image-synset index FOLDER --index image-synset-shop"),
    ],
)
def test_the_index_to_use_next_is_named(vocabularies: list[str], index: str, indices: list[str], said: str) -> None:
    assert indices_to_fill(vocabularies, index) == indices
    assert next_steps(indices) == [said]
