"""People's own words, from `image-synset words` to the hits, without a restart."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from elasticsearch import BadRequestError, Elasticsearch

WORDS = """
# German, French, Japanese
katze, Katzen, Kätzchen => cat
Eisbär => polar bear
Haustier => cat, dog
chat, chaton => cat
ours blanc => polar bear
猫 => cat
シロクマ, 白熊 => polar bear
"""


@pytest.fixture(scope="module")
def photos(es: Elasticsearch) -> Iterator[str]:
    index = "image-synset-own-words"
    for concept in ("cat", "dog", "ice_bear"):
        es.index(index=index, id=concept, document={"concept_vector": {concept: 0.9}}, pipeline="_none")
    es.indices.refresh(index=index)
    yield index
    es.indices.delete(index=index)


def found(es: Elasticsearch, index: str, words: str) -> list[str]:
    answer = es.search_template(index=index, id="search-by-keyword", params={"words": words})
    return sorted(hit["_id"] for hit in answer["hits"]["hits"])


def test_own_words_lead_where_they_say_until_they_are_removed(
    es: Elasticsearch, cli: Callable[..., Result], photos: str, tmp_path: Path
) -> None:
    for word in ("シロクマ", "eisbär"):
        with pytest.raises(BadRequestError, match="that the model knows"):
            found(es, photos, word)
    file = tmp_path / "words.txt"
    file.write_text(WORDS, "utf-8")
    result = cli("words", str(file), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"put": "own", "words": 11}
    try:
        for words, ids in {
            "Katze": ["cat"],
            "KÄTZCHEN": ["cat"],
            "eisbar": ["ice_bear"],
            "Haustier": ["cat", "dog"],
            "chaton": ["cat"],
            "ours blanc": ["ice_bear"],
            "猫": ["cat"],
            "白熊と猫": ["cat", "ice_bear"],
            "シロクマ NOT 猫": ["ice_bear"],
            "dog": ["dog"],
        }.items():
            assert found(es, photos, words) == ids, words
        assert json.loads(cli("words", "--json").stdout) == {"sets": {"own": 11}}
        file.write_text("katze => dog", "utf-8")
        assert cli("words", str(file), "--set", "zoo").exit_code == 0
        # of two sets the one whose name comes last counts
        assert found(es, photos, "katze") == ["dog"]
        assert cli("words", "--set", "zoo", "--remove").exit_code == 0
        assert found(es, photos, "katze") == ["cat"]
    finally:
        assert cli("words", "--remove").exit_code == 0
    with pytest.raises(BadRequestError, match="that the model knows"):
        found(es, photos, "シロクマ")
    missing = cli("words", "--remove")
    assert missing.exit_code == 1 and "Expected a set of words with the name own, found none" in missing.output
