"""Every documented parameter of every search template takes what docs/search.md says it takes, on a real node."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

# what makes each template a search by itself
NEEDED: dict[str, dict[str, Any]] = {
    "search-by-image": {},  # the image, which the fixture knows
    "search-by-synsets": {"synsets": {"tabby": 1, "Egyptian_cat": 0.5}},
    "search-by-keyword": {"words": "cat"},
    "search-like-document": {"id": "cat"},
    "search-by-features": {"features": [0.5] * 1280},
}

CAT = {"term": {"filename": "cat.jpg"}}
TAKEN: dict[str, list[Any]] = {
    "from": [0, 1, "1", False],
    "size": [0, 3, "3", False],
    "min_score": [0, 0.001, "0.001", False],
    "filter": [CAT, [CAT, {"match_all": {}}], [], False],
    "exclude": ["dog", ["dog", "musical instrument"], [], False],
    "exclude_above": [0, 0.5, "0.5", False],
    "collapse": [True, False],
    "source": [
        "filename",
        ["filename", "top_synset"],
        {"includes": ["filename"]},
        {"excludes": "thumbnail"},
        [],
        False,
    ],
    "track_total_hits": [True, False, 0, 1, "1"],
    "top_k": [1, "5", False],
    "sidecar": [False],
    "similarity": ["cosine", "inner_product", False],
    "words": ["cat", ["cat", "dog"], [], False],
    "words_weight": [0, 2, "0.5", False],
    "image_weight": [0, 2, "0.5", False],
    "include_self": [True, False],
    "routing": [False],
    "k": [10, "10", False],
    "num_candidates": [200, "200", False],
}
COMMON = ["from", "size", "min_score", "filter", "source", "collapse"]
OURS = [*COMMON, "exclude", "exclude_above", "track_total_hits"]
PARAMETERS = {
    "search-by-image": [*OURS, "top_k", "sidecar", "similarity", "words", "words_weight", "image_weight"],
    "search-by-synsets": [*OURS, "similarity"],
    "search-by-keyword": OURS,
    "search-like-document": [*OURS, "similarity", "include_self", "routing"],
    "search-by-features": [*COMMON, "k", "num_candidates"],
}
UNFIT: dict[str, list[Any]] = {
    "from": ["text", ["a"], {"a": "b"}],
    "size": ["text", ["a"], {"a": "b"}],
    "min_score": ["text", ["a"], {"a": "b"}],
    "filter": ["text", 0, {"no_such_query": {}}],
    "exclude": [0, {"a": "b"}, "xyzzy"],
    "source": [{"no_such_option": True, "includes": ["a"]}],
    "track_total_hits": ["text", ["a"], {"a": "b"}],
    "similarity": ["text", 0, ["cosine"], {"a": "b"}],
    "top_k": ["text", 0, ["a"], {"a": "b"}],
    "sidecar": ["no-such-name", 0, ["a"], {"a": "b"}],
    "words_weight": ["text", ["a"], {"a": "b"}],
    "image_weight": ["text", ["a"], {"a": "b"}],
    "k": ["text", ["a"], {"a": "b"}],
    "num_candidates": ["text", ["a"], {"a": "b"}],
}


@pytest.fixture(scope="module")
def photos(es: Elasticsearch, shipped: Path) -> Iterator[str]:
    """Two photos, one of them twice."""
    name = "image-synset-template-parameters"
    es.indices.delete(index=name, ignore_unavailable=True)
    for id_, file in [("cat", "chelsea.png"), ("copy", "chelsea.png"), ("rocket", "rocket.jpg")]:
        image = base64.b64encode((shipped / file).read_bytes()).decode()
        document = {"image": image, "filename": f"{id_}.jpg"}
        es.index(index=name, id=id_, document=document, pipeline="image-synset-features")
    es.indices.refresh(index=name)
    yield name
    es.indices.delete(index=name)


@pytest.fixture
def search(es: Elasticsearch, photos: str, shipped: Path) -> Any:
    image = base64.b64encode((shipped / "chelsea.png").read_bytes()).decode()

    def run(template: str, **params: Any) -> dict[str, Any]:
        needed = dict(NEEDED[template])
        if template == "search-by-image":
            needed["image"] = image
        if template == "search-like-document":
            needed["index"] = photos
        return dict(es.search_template(index=photos, id=template, params={**needed, **params})["hits"])

    return run


CASES = [(template, parameter) for template, parameters in PARAMETERS.items() for parameter in parameters]


@pytest.mark.parametrize(("template", "parameter"), CASES)
def test_takes_what_is_documented(search: Any, template: str, parameter: str) -> None:
    usual = search(template)
    for value in TAKEN[parameter]:
        extra = {"exclude": "dog"} if parameter == "exclude_above" else {}
        found = search(template, **{parameter: value, **extra})
        if value is False and parameter != "source":
            assert found == usual, "false is the same as leaving it out"


@pytest.mark.parametrize(("template", "parameter"), [case for case in CASES if case[1] in UNFIT])
def test_anything_else_is_the_clients_error(search: Any, template: str, parameter: str) -> None:
    for value in UNFIT[parameter]:
        with pytest.raises(ApiError) as refused:
            search(
                template, **{"words": "cat", parameter: value} if parameter == "words_weight" else {parameter: value}
            )
        assert refused.value.meta.status == 400, (value, refused.value.body)


@pytest.mark.parametrize("template", PARAMETERS)
def test_source_says_which_fields_come(search: Any, template: str) -> None:
    def first(**params: Any) -> dict[str, Any]:
        return dict(search(template, **params)["hits"][0].get("_source", {}))

    assert sorted(first()) == ["filename", "thumbnail", "top_score", "top_synset"]
    assert first(source=False) == {}
    assert sorted(first(source="top_*")) == ["top_score", "top_synset"]
    assert sorted(first(source=["filename", "top_synset"])) == ["filename", "top_synset"]
    assert sorted(first(source={"includes": "top_*", "excludes": ["top_score"]})) == ["top_synset"]
    assert {"synset", "filename", "image_analysis"} <= set(first(source="*"))
    assert "synset" in first(source={"excludes": ["thumbnail"]})
    assert "thumbnail" not in first(source={"excludes": ["thumbnail"]})


@pytest.mark.parametrize("template", PARAMETERS)
def test_collapse_shows_copies_of_one_image_once(search: Any, template: str) -> None:
    twice = {"include_self": True} if template == "search-like-document" else {}
    hashes = [hit["fields"]["image_analysis.image.sha256"] for hit in search(template, collapse=True, **twice)["hits"]]
    assert len(search(template, **twice)["hits"]) > len(hashes) == len({str(value) for value in hashes})


def test_track_total_hits_counts(search: Any) -> None:
    assert "total" not in search("search-by-keyword", track_total_hits=False)
    found = search("search-by-keyword", track_total_hits=True)
    assert found["total"] == {"value": len(found["hits"]), "relation": "eq"}
