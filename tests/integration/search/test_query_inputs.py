"""What the query and its templates take: images in one call, and a clear word about everything else."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch
from PIL import Image

from scripts.shared.errors import reason
from tests.support.pictures import jpeg
from tests.support.synthetic import documents, index_documents, random_corpus

Hits = list[dict[str, Any]]
INDEX = "image-synset-query-inputs"


@pytest.fixture(scope="module")
def photos(es: Elasticsearch, shipped: Path) -> str:
    """Some photos, one document that failed, and one index without synsets at all."""
    es.indices.delete(index=INDEX, ignore_unavailable=True)
    operations: list[dict[str, Any]] = []
    for name in ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "motorcycle_left.png"):
        operations += [{"index": {"_id": name}}, {"filename": name, "image": base64_of(shipped / name)}]
    operations += [{"index": {"_id": "failed"}}, {"filename": "failed", "image": "AAAA"}]
    response = es.bulk(index=INDEX, operations=operations, refresh=True)
    assert not response["errors"]
    return INDEX


def base64_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def template(es: Elasticsearch, name: str, **params: Any) -> Hits:
    found: Hits = es.search_template(index=INDEX, id=name, params=params)["hits"]["hits"]
    return found


def pairs(hits: Hits) -> list[tuple[str, float]]:
    return [(hit["_id"], hit["_score"]) for hit in hits]


@pytest.mark.parametrize("similarity", ["inner_product", "cosine"])
@pytest.mark.parametrize("photo", ["chelsea.png", "rocket.jpg"])
def test_an_image_finds_what_its_synsets_find(
    es: Elasticsearch,
    photos: str,
    shipped: Path,
    sidecar_analysis: Callable[[bytes], dict[str, Any]],
    photo: str,
    similarity: str,
) -> None:
    synsets = {s["name"]: s["score"] for s in sidecar_analysis((shipped / photo).read_bytes())["synsets"]}
    by_synsets = template(es, "search-by-synsets", synsets=synsets, similarity=similarity)
    by_image = template(es, "search-by-image", image=base64_of(shipped / photo), similarity=similarity)
    url = f"data:image/png;base64,{base64_of(shipped / photo)}"
    assert by_image and [id_ for id_, _ in pairs(by_image)] == [id_ for id_, _ in pairs(by_synsets)]
    for one, other in zip(by_image, by_synsets, strict=True):
        assert one["_score"] == pytest.approx(other["_score"], rel=1e-5)
    assert pairs(template(es, "search-by-image", image=url, similarity=similarity)) == pairs(by_image)
    if similarity == "cosine":
        assert by_image[0]["_id"] == photo and by_image[0]["_score"] == pytest.approx(1, rel=1e-5)


def test_one_search_asks_the_sidecar_once(es: Elasticsearch, photos: str, sidecar_calls: Callable[[], int]) -> None:
    image = {"image_synset": {"image": jpeg(4711)}}
    many = {"bool": {"should": [image, image], "filter": image, "must_not": {"bool": {"must_not": image}}}}
    before = sidecar_calls()
    es.search(index=[photos, "image-synset-*"], query=many, aggs={"alike": {"filter": image}})
    assert sidecar_calls() == before + 1
    es.msearch(searches=[{"index": photos}, {"query": {"image_synset": {"image": jpeg(4712)}}}] * 5)
    assert sidecar_calls() == before + 2
    es.search(index=photos, query={"image_synset": {"image": jpeg(4711), "top_k": 3}})
    assert sidecar_calls() == before + 3
    for _ in range(2):  # what failed is tried again
        with pytest.raises(ApiError):
            es.search(index=photos, query={"image_synset": {"image": "AAAA"}})
    assert sidecar_calls() == before + 5


def test_image_and_words_add_up_with_their_weights(es: Elasticsearch, photos: str, shipped: Path) -> None:
    image = base64_of(shipped / "chelsea.png")
    alone = dict(pairs(template(es, "search-by-image", image=image)))
    words = dict(pairs(template(es, "search-by-keyword", words="coffee cups")))
    words_too = template(es, "search-by-image", image=image, words=["coffee cups"], image_weight=0.5, words_weight=3)
    assert words_too[0]["_id"] == "coffee.png"
    for hit in words_too:
        expected = 0.5 * alone.get(hit["_id"], 0) + 3 * words.get(hit["_id"], 0)
        assert hit["_score"] == pytest.approx(expected, rel=1e-5)
        assert sum(why["product"] for why in hit["fields"]["why"]) == pytest.approx(hit["_score"], rel=1e-6)


def test_exclude_leaves_photos_out(es: Elasticsearch, photos: str) -> None:
    assert "chelsea.png" in dict(pairs(template(es, "search-by-keyword", words="animal")))
    for exclude in ("cats", ["dog", "cat"]):
        left = template(es, "search-by-keyword", words="animal", exclude=exclude)
        assert "chelsea.png" not in dict(pairs(left))
    alike = template(es, "search-like-document", index=photos, id="chelsea.png", include_self=True, exclude="cat")
    assert "chelsea.png" not in dict(pairs(alike))


def test_a_document_is_taken_as_it_is_now(es: Elasticsearch, photos: str, shipped: Path) -> None:
    """Without a refresh."""
    document = {"image": base64_of(shipped / "coffee.png"), "filename": "new"}
    es.index(index=photos, id="new", document=document, pipeline="image-synset-strict")
    try:
        found = template(es, "search-like-document", index=photos, id="new", similarity="cosine")
        assert found[0]["_id"] == "coffee.png" and found[0]["_score"] == pytest.approx(1, rel=1e-6)
    finally:
        es.delete(index=photos, id="new", refresh=True)


def noise(megabytes: int) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue().ljust(megabytes * 1_000_000, b"\0")).decode()


BY_SYNSETS, BY_IMAGE, BY_WORDS, LIKE = (
    "search-by-synsets",
    "search-by-image",
    "search-by-keyword",
    "search-like-document",
)
TABBY = {"tabby": 1}


@pytest.mark.parametrize(
    ("name", "params", "status", "said"),
    [
        (BY_SYNSETS, {"synsets": {"tabbi": 1}}, 400, "[tabbi] (near: tabby)"),
        (BY_SYNSETS, {"synsets": {"cat": 1}}, 400, "near: Egyptian_cat, Madagascar_cat, Persian_cat"),
        (BY_SYNSETS, {"synsets": {}}, 400, "1 to [1000] names, found [0]"),
        (BY_SYNSETS, {"synsets": {f"s{n}": 1 for n in range(1001)}}, 400, "found [1001]"),
        (BY_SYNSETS, {"synsets": {"tabby": -1}}, 400, "at least [1.0E-9], found at most [-1.0]"),
        (BY_SYNSETS, {"synsets": {"tabby": 0}}, 400, "at least [1.0E-9]"),
        (BY_SYNSETS, {"synsets": {"tabby": "NaN"}}, 400, "the weight of synset [tabby] to be a number"),
        (BY_SYNSETS, {"synsets": {"tabby": 1e300}}, 400, "from [-1.0E9] to [1.0E9], found [1.0E300]"),
        (BY_SYNSETS, {"synsets": {"tabby": None}}, 400, "to be a number"),
        (BY_SYNSETS, {"synsets": ["tabby"]}, 400, "an object of names and weights"),
        (BY_SYNSETS, {}, 400, "exactly one of [image, synsets, words, document], found []"),
        (BY_SYNSETS, {"synsets": TABBY, "image": "AAAA"}, 400, "exactly one of"),
        (BY_SYNSETS, {"synsets": TABBY, "words": "cat"}, 400, "found [synsets, words]"),
        (BY_SYNSETS, {"synsets": TABBY, "similarity": "euclid"}, 400, "one of [inner_product, cosine, kinds]"),
        (BY_SYNSETS, {"synsets": TABBY, "size": -1}, 400, "[size] parameter cannot be negative"),
        (BY_SYNSETS, {"synsets": TABBY, "from": -1}, 400, "[from] parameter cannot be negative"),
        (BY_SYNSETS, {"synsets": TABBY, "size": 10_001}, 400, "less than or equal to: [10000] but was [10001]"),
        (BY_SYNSETS, {"synsets": TABBY, "size": "many"}, 400, "many"),
        (BY_SYNSETS, {"synsets": TABBY, "exclude": "blorp"}, 400, "[blorp]"),
        (BY_IMAGE, {"image": "%%%"}, 400, "expected base64 or a data URL"),
        (BY_IMAGE, {"image": "AAAA"}, 400, "expected an image (JPEG"),
        (BY_IMAGE, {"image": ""}, 400, "found nothing"),
        (BY_IMAGE, {}, 400, "expected [image] to be base64 or a data URL"),
        (BY_IMAGE, {"image": noise(30)}, 400, "at most [28mb] of base64 text, found [38.1mb]"),
        (BY_IMAGE, {"image": jpeg(1), "synsets": TABBY}, 400, "found [image, synsets]"),
        (BY_IMAGE, {"image": jpeg(1), "id": "1", "index": "x"}, 400, "found [image, document]"),
        (BY_IMAGE, {"image": jpeg(1), "top_k": 0}, 400, "[top_k] to be a whole number from [1] to [1000]"),
        (BY_WORDS, {"words": "cat", "exclude": "qwrtzx"}, 400, "[qwrtzx] (nothing similar is known)"),
        (BY_IMAGE, {"image": jpeg(1), "image_weight": -1}, 400, "[boost] to be a finite number, 0 or more"),
        (BY_WORDS, {"words": "xyzzy qwrtzx"}, 400, "[xyzzy] (nothing similar is known), [qwrtzx]"),
        (BY_WORDS, {"words": "a kitchen in Paris"}, 400, "[kitchen] (near: kitchen appliance, stove"),
        (BY_WORDS, {"words": "a kitchen in Paris"}, 400, "[Paris] (the model knows no places)"),
        (BY_WORDS, {"words": ""}, 400, "at least one word, found none"),
        (BY_WORDS, {"words": []}, 400, "at least one word, found none"),
        (BY_WORDS, {}, 400, "at least one word, found none"),
        (LIKE, {"index": INDEX, "id": "nobody"}, 404, "no [nobody] in index"),
        (LIKE, {"index": "nowhere", "id": "1"}, 404, "no such index [nowhere]"),
        (LIKE, {"index": INDEX, "id": "failed"}, 400, "to have synsets, found none"),
        (LIKE, {"index": INDEX}, 400, "[document] to be an object of [index] and [id], neither empty"),
        (LIKE, {"id": "1"}, 400, "neither empty"),
        (LIKE, {"index": INDEX, "id": "1", "words": "cat"}, 400, "exactly one of"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_parameter_is_refused_with_what_to_change(
    es: Elasticsearch, photos: str, name: str, params: dict[str, Any], status: int, said: str
) -> None:
    with pytest.raises(ApiError) as error:
        template(es, name, **params)
    assert error.value.status_code == status
    assert said in reason(error.value)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"synsets": TABBY, "weight": 2}, "found [weight]"),
        ({"synsets": {"tabby": 1, "crate": -1}, "mode": "candidates"}, "use [exact]"),
        ({"words": "cat", "mode": "exact"}, "[mode] only with"),
        ({"synsets": TABBY, "top_k": 3}, "[top_k] only with [image]"),
        ({"synsets": TABBY, "boost": "high"}, "[boost]"),
        ({"words": ["cat", 3]}, "[words] to be text, found [3]"),
    ],
)
def test_a_bad_query_is_refused_with_what_to_change(
    es: Elasticsearch, photos: str, query: dict[str, Any], said: str
) -> None:
    with pytest.raises(ApiError) as error:
        es.search(index=photos, query={"image_synset": query})
    assert error.value.status_code == 400 and said in reason(error.value)


def test_other_indices_are_searched_alike(es: Elasticsearch, photos: str) -> None:
    """One search over photos and over an index of the same mappings."""
    other = f"{INDEX}-other"
    index_documents(es, other, 2, documents(random_corpus(3, 50)))
    try:
        found = es.search(index=[photos, other], query={"image_synset": {"words": "animals"}}, size=100)
        assert {hit["_index"] for hit in found["hits"]["hits"]} == {photos, other}
    finally:
        es.indices.delete(index=other)
