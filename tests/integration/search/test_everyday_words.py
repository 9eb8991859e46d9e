"""Words as people type them: where they lead, and what the body of the answer says of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import BadRequestError, Elasticsearch

CASES = Path(__file__).parents[4] / "shared/cases/words.txt"
BY_WORDS = "search-by-keyword"

# masses of concepts: what a photo shows, whatever its synsets
PHOTOS = {
    "cat": {"cat": 0.9, "feline": 0.9},
    "dog": {"dog": 0.95},
    "both": {"cat": 0.3, "feline": 0.3, "dog": 0.6},
    "hardly a cat": {"cat": 0.02, "dog": 0.7},
    "bear": {"ice_bear": 0.8},
}
FILENAMES = {"both": "trip/IMG_2033.png", "bear": "IMG_2012.jpg"}


@pytest.fixture(scope="module")
def photos(es: Elasticsearch) -> Iterator[str]:
    index = "image-synset-everyday"
    es.indices.delete(index=index, ignore_unavailable=True)
    for id_, masses in PHOTOS.items():
        document = {
            "filename": FILENAMES.get(id_),
            "concept_vector": masses,
            "image_analysis": {"image": {"sha256": id_}},
        }
        es.index(index=index, id=id_, document=document, pipeline="_none")
    es.indices.refresh(index=index)
    yield index
    es.indices.delete(index=index)


def search(es: Elasticsearch, index: str, words: Any, template: str = BY_WORDS, **params: Any) -> dict[str, Any]:
    return dict(es.search_template(index=index, id=template, params={"words": words, **params}).body)


def ids(answer: dict[str, Any]) -> list[str]:
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def words_read(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {word["text"]: word for word in answer["suggest"]["words"]}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cat dog", ["both", "dog", "cat", "hardly a cat"]),
        ("cats and dogs", ["both", "dog", "cat", "hardly a cat"]),
        ("cat AND dog", ["both"]),
        ("cat + dog", ["both"]),
        ("cat -dog", ["cat"]),
        ("cat NOT dog", ["cat"]),
        ('"polar bear"', ["bear"]),
        ('cat AND dog -"polar bear"', ["both"]),
        ("cat dog -cat", ["dog", "hardly a cat"]),
        (["cat", "polar bear"], ["cat", "bear", "both"]),
        ("a kitten on the qwrtzx", ["cat", "both"]),
        ("IMG_2012", ["bear"]),
        ("cat AND img_203", ["both"]),
        ("cat img_2012.JPG", ["bear", "cat", "both"]),
        ("animal_1234*.jpg", []),
        ("golden dogg", ["dog", "hardly a cat", "both"]),
    ],
)
def test_the_grammar(es: Elasticsearch, photos: str, words: Any, found: list[str]) -> None:
    answer = search(es, photos, words)
    assert ids(answer) == found
    for hit in answer["hits"]["hits"]:
        products = sum(why["product"] for why in hit["fields"]["why"])
        assert products == pytest.approx(hit["_score"], rel=0.005)


def test_weak_matches_too(es: Elasticsearch, photos: str) -> None:
    assert set(ids(search(es, photos, "cat AND dog", weak_matches=True))) == {"both", "hardly a cat"}
    assert ids(search(es, photos, "dog -cat", weak_matches=True)) == ["dog", "hardly a cat"]


@pytest.mark.smoke
def test_the_body_says_what_became_of_each_word(es: Elasticsearch, photos: str) -> None:
    words = words_read(search(es, photos, "a kitten, a bunny NOT dogs in Paris' kitchen qwrtzx"))
    assert list(words) == ["kitten", "bunny", "dogs", "Paris'", "kitchen", "qwrtzx"]
    assert words["kitten"]["meaning"] == "near" and words["kitten"]["searched"] == ["cat"]
    assert words["kitten"]["note"] == "“kitten” is not known: searched for cat instead."
    assert (words["kitten"]["offset"], words["kitten"]["length"]) == (2, 6)
    assert words["bunny"]["meaning"] == "same" and words["bunny"]["note"] == "“bunny” means rabbit."
    assert words["dogs"]["excluded"] and words["dogs"]["note"] == "Photos of dog are left out."
    assert words["Paris'"]["note"] == "“Paris'” can't be searched for: the model knows no places."
    assert "stove" in [option["text"] for option in words["kitchen"]["options"]]
    assert words["qwrtzx"]["meaning"] == "unknown" and words["qwrtzx"]["options"] == []
    [cat] = words_read(search(es, photos, "cat")).values()
    assert cat["meaning"] == "known" and cat["note"] == "" and not cat["excluded"]
    corrected = words_read(search(es, photos, "dogg"))["dogg"]
    assert corrected["note"] == "“dogg” was read as “dog”."


def test_where_nothing_is_left_the_error_says_why(es: Elasticsearch, photos: str) -> None:
    for words, reason in {
        "paris": "[paris] (the model knows no places)",
        "kitchen qwrtzx": "[kitchen] (near: kitchen appliance, stove",
        "-dog": "found only what to leave out",
    }.items():
        with pytest.raises(BadRequestError) as error:
            search(es, photos, words)
        assert reason in str(error.value.body)


def test_the_command_says_it_in_sentences(cli: Callable[..., Result], photos: str, shipped: Path) -> None:
    result = cli("search", "--keyword", "a kitten in Paris -dog", "--index", photos)
    assert result.exit_code == 0, result.output
    for note in (
        "“kitten” is not known: searched for cat instead.",
        "“Paris” can't be searched for: the model knows no places.",
        "Photos of dog are left out.",
    ):
        assert note in result.output
    lost = cli("search", "--keyword", "kitchen", "--index", photos)
    assert lost.exit_code == 1 and "[kitchen] (near: kitchen appliance, stove" in lost.output
    image = str(shipped / "chelsea.png")
    both = json.loads(cli("search", "--image", image, "--keyword", "polar bear", "--index", photos, "--json").stdout)
    assert "bear" in [hit["id"] for hit in both["hits"]]
    assert [word["searched"] for word in both["words"]] == [["ice_bear"]]
    unknown = cli("search", "--image", image, "--keyword", "qwrtzx", "--index", photos, "--json")
    assert [word["meaning"] for word in json.loads(unknown.stdout)["words"]] == ["unknown"]


def test_words_are_explained_only_to_who_asks(es: Elasticsearch, photos: str) -> None:
    query = {"image_synset": {"words": "kitten"}}
    assert "suggest" not in es.search(index=photos, query=query).body
    ext = {"image_synset": {"words": "kitten"}}
    answer = es.search(
        index=photos, query=query, ext=ext, suggest={"own": {"text": "x", "term": {"field": "filename"}}}
    )
    assert list(answer["suggest"]) == ["own", "words"] or set(answer["suggest"]) == {"own", "words"}
    typed = es.search(index=photos, query=query, ext=ext, typed_keys=True)
    assert list(typed["suggest"]) == ["phrase#words"]


@pytest.mark.parametrize(
    "words",
    [
        "cat " * 10_000,
        "+ - AND OR NOT",
        "-",
        '"' * 900,
        "猫" * 900,
        "न" * 900,
        "\u0300" * 900,
        "a" * 1000,
        "cat -" * 180,
    ],
)
def test_hostile_words_are_answered_or_refused(es: Elasticsearch, photos: str, words: str) -> None:
    try:
        assert "hits" in search(es, photos, words)
    except BadRequestError as error:
        assert "[words]" in str(error.body)


def test_the_cases(es: Elasticsearch) -> None:
    """Where each concept has a photo, why names what a word was taken for."""
    if not CASES.exists():
        pytest.skip(f"needs {CASES}")
    from sidecar.synsets.index import synset_index

    index = "image-synset-everyday-cases"
    concepts = synset_index().concepts
    operations: list[dict[str, Any]] = []
    for concept in concepts:
        operations += [{"index": {"_id": concept}}, {"concept_vector": {concept: 1}}]
    es.bulk(index=index, operations=operations, refresh=True, pipeline="_none")
    wrong = []
    cases = [line.split("|", 1) for line in CASES.read_text("utf-8").splitlines()]
    try:
        for word, must in ((word.strip(), must.strip()) for word, must in cases):
            if not leads_there(es, index, word, must):
                wrong.append((word, must))
    finally:
        es.indices.delete(index=index)
    print(f"{len(cases)} words, {1 - len(wrong) / len(cases):.3f} lead where they should")
    assert len(wrong) <= 0.05 * len(cases), wrong


def leads_there(es: Elasticsearch, index: str, word: str, must: str) -> bool:
    wanted = {concept.strip().replace("_", " ") for concept in must[1:].split(",")}
    try:
        answer = search(es, index, word)
        said = str(answer["suggest"])
        why = {one["synset"] for hit in answer["hits"]["hits"] for one in hit["fields"]["why"]}
    except BadRequestError as error:
        said, why = str(error.body), set()
    if must.startswith("="):
        return bool({one.split("_n0")[0].replace("_", " ") for one in why} & wanted)
    if must.startswith("?"):
        return any(one in said.replace("_", " ") for one in wanted)
    return not why and "the model" in said
