"""Several photos in one document, and indices that keep all scores in one field: the same hits, scores and reasons."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import BadRequestError, Elasticsearch

from scripts.shared.assets.layout import Layout

PIPELINE = "front-and-back"
FRONT, BACK = "front", "photos.back"
PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png")


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.fixture
def layout(es: Elasticsearch, cli: Callable[..., Result]) -> Iterator[Callable[..., None]]:
    """Sets up another layout for the time of a test."""

    def setup(*options: str) -> None:
        result = cli("setup", *options)
        assert result.exit_code == 0, result.output

    yield setup
    es.indices.delete_index_template(name="image-synset")
    es.cluster.delete_component_template(name="image-synset")
    setup()
    assert Layout.stored(es) == Layout()


@pytest.fixture
def two_photos(es: Elasticsearch, index: str, layout: Callable[..., None], shipped: Path) -> Iterator[str]:
    """An index whose documents have a cat in front and coffee at the back, or the other way round, or no front."""
    layout("--target", FRONT, "--target", BACK)
    options = {"thumbnail": 64, "on_unavailable": "pending", "ignore_failure": True}
    processors = [
        {"image_synset": {**options, "field": "front_image", "target_field": FRONT}},
        {"image_synset": {**options, "field": "back_image", "target_field": BACK}},
    ]
    es.ingest.put_pipeline(id=PIPELINE, processors=processors)
    cat, coffee = (encoded(shipped / name) for name in PHOTOS[:2])
    for id_, front, back in (("cat", cat, coffee), ("coffee", coffee, cat), ("broken", "bm8gaW1hZ2U=", coffee)):
        document = {"filename": id_, "thumbnail": "mine", "front_image": front, "back_image": back}
        es.index(index=index, id=id_, document=document, pipeline=PIPELINE)
    es.indices.refresh(index=index)
    yield index
    es.ingest.delete_pipeline(id=PIPELINE)


def hits(es: Elasticsearch, where: str, template: str, **params: Any) -> list[tuple[str, float]]:
    found = es.search_template(index=where, id=template, params=params)["hits"]["hits"]
    for hit in found:
        assert sum(why["product"] for why in hit["fields"]["why"]) == pytest.approx(hit["_score"], rel=1e-5)
    return [(hit["_id"], hit["_score"]) for hit in found]


def test_each_photo_is_found_and_explained_on_its_own(es: Elasticsearch, two_photos: str, shipped: Path) -> None:
    source = es.get(index=two_photos, id="broken")["_source"]
    assert set(source) == {"filename", "thumbnail", "front_image", "front", "photos"}
    assert source["thumbnail"] == "mine" and source["photos"]["back"]["thumbnail"] != "mine"
    assert source["front"]["image_analysis"]["error"]["type"] == "not_an_image"
    assert source["photos"]["back"]["image_analysis"]["status"] == "ok"
    mapped = es.indices.get_mapping(index=two_photos)[two_photos]["mappings"]["properties"]
    assert mapped["front"]["properties"]["synset"] == {"type": "object", "enabled": False}

    scores = {name: synset["score"] for name, synset in source["photos"]["back"]["synset"].items()}
    top = source["photos"]["back"]["top_synset"]
    cat, coffee = encoded(shipped / "chelsea.png"), encoded(shipped / "coffee.png")
    product = sum(score * score for score in scores.values())
    for similarity, expected in (("inner_product", product), ("cosine", 1.0)):
        back = hits(es, two_photos, "search-by-synsets", synsets=scores, field=BACK, similarity=similarity)
        assert [id_ for id_, _ in back[:2]] in (["broken", "cat"], ["cat", "broken"])
        assert [score for _, score in back[:2]] == pytest.approx([expected] * 2, rel=1e-6)
        front = hits(es, two_photos, "search-by-synsets", synsets=scores, field=FRONT, similarity=similarity)
        assert front[0] == ("coffee", pytest.approx(expected, rel=1e-6))
    assert hits(es, two_photos, "search-by-image", image=cat, field=FRONT)[0][0] == "cat"
    assert hits(es, two_photos, "search-by-image", image=cat, field=BACK)[0][0] == "coffee"
    assert hits(es, two_photos, "search-by-image", image=coffee, field=FRONT)[0][0] == "coffee"
    assert hits(es, two_photos, "search-by-keyword", words="cat", field=FRONT)[0][0] == "cat"
    assert hits(es, two_photos, "search-by-keyword", words="cat", field=BACK)[0][0] == "coffee"
    without = hits(es, two_photos, "search-by-image", image=coffee, field=FRONT, exclude=top, exclude_above=0.01)
    assert "coffee" not in [id_ for id_, _ in without]
    like = {"index": two_photos, "id": "cat"}
    assert hits(es, two_photos, "search-like-document", **like, field=BACK)[0][0] == "broken"
    assert hits(es, two_photos, "search-by-synsets", synsets=scores) == [], "nothing is at the top of the documents"
    page = es.search_template(index=two_photos, id="search-by-keyword", params={"words": "cat", "field": FRONT})
    assert set(page["hits"]["hits"][0]["_source"]["front"]) == {"thumbnail", "top_synset", "top_score"}


def test_a_document_whose_front_was_not_an_image_can_only_be_asked_about_its_back(
    es: Elasticsearch, two_photos: str
) -> None:
    with pytest.raises(BadRequestError, match=r"expected \[document\] \[broken\].* to have synsets"):
        hits(es, two_photos, "search-like-document", index=two_photos, id="broken", field=FRONT)


def test_a_lean_index_of_imagenet_ranks_as_the_other(
    es: Elasticsearch, index: str, cli: Callable[..., Result], layout: Callable[..., None], shipped: Path
) -> None:
    lean = f"{index}-lean"
    documents = [{"filename": name, "image": encoded(shipped / name)} for name in PHOTOS]
    for name, options in ((index, ()), (lean, ("--lean",))):
        layout(*options)
        for number, document in enumerate(documents):
            es.index(index=name, id=str(number), document=document, refresh=True)
    try:
        properties = es.indices.get_mapping(index=lean)[lean]["mappings"]["properties"]
        assert "tabby" not in str(properties) and properties["synset_scores"]["meta"] == {"layout": "packed"}
        fields = ("synset", "synset_names", "synset_vector", "top_synset", "top_score", "concepts", "thumbnail")
        for number in range(len(PHOTOS)):
            one, other = (es.get(index=name, id=str(number))["_source"] for name in (index, lean))
            assert {key: one.get(key) for key in fields} == {key: other.get(key) for key in fields}
            for params in ({}, {"similarity": "cosine"}):
                image = {"image": documents[number]["image"], **params}
                assert hits(es, lean, "search-by-image", **image) == hits(es, index, "search-by-image", **image)
        negative = {"Egyptian_cat": 1, "tabby": -0.5, "espresso": 0.1, "cup": 0.2}
        assert hits(es, lean, "search-by-synsets", synsets=negative) == hits(
            es, index, "search-by-synsets", synsets=negative
        )
        assert hits(es, lean, "search-by-keyword", words="cat") == hits(es, index, "search-by-keyword", words="cat")
        findings = json.loads(cli("doctor", "--json", "--index", lean).stdout)
        assert {finding["status"] for finding in findings if finding["check"] == "assets"} == {"ok"}
    finally:
        es.indices.delete(index=lean)


def test_a_client_that_takes_numbers_for_doubles_spoils_no_score(
    es: Elasticsearch, index: str, layout: Callable[..., None], shipped: Path
) -> None:
    """What JavaScript reads and writes again, without the pipeline."""
    layout("--lean")
    es.index(index=index, id="1", document={"image": encoded(shipped / "chelsea.png")}, refresh=True)
    source = es.get(index=index, id="1", source_exclude_vectors=False)["_source"]
    before = hits(es, index, "search-by-synsets", synsets={source["top_synset"]: 1})
    assert all(isinstance(packed, str) for packed in source["synset_scores"])
    es.index(index=index, id="1", document=source, pipeline="_none", refresh=True)
    assert hits(es, index, "search-by-synsets", synsets={source["top_synset"]: 1}) == before
