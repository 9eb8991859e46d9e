"""What becomes of documents sent by any client: the contract of both pipelines, and the counts."""

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elasticsearch import Elasticsearch
from PIL import Image

from tests.support.documents import bulk, whole_source
from tests.support.pictures import jpeg

BAD = 20


def mixed_documents(shipped: Path) -> dict[str, tuple[dict[str, Any], str | None]]:
    """200 documents by id, each with the error type it must get; 20 are bad."""
    photo = (shipped / "rocket.jpg").read_bytes()
    big = io.BytesIO()
    Image.new("1", (8000, 8000)).save(big, "PNG")
    bad: list[tuple[dict[str, Any], str]] = [
        ({"image": '%%% not base64 "quoted" \\ and \u0001'}, "invalid_base64"),
        ({"image": "abc!"}, "invalid_base64"),
        ({"image": base64.b64encode(b"just text").decode()}, "not_an_image"),
        ({"image": base64.b64encode(photo[:-500]).decode()}, "corrupt_image"),
        ({"image": "data:image/png;base64,"}, "empty_image"),
        ({"image": base64.b64encode(big.getvalue()).decode()}, "image_too_large"),
        ({"filename": "no image"}, "missing_field"),
        ({"image": {"data": "QQ=="}}, "invalid_field"),
        ({"image": 17}, "invalid_field"),
        ({"image": base64.b64encode(photo[:50]).decode()}, "corrupt_image"),
    ]
    documents: dict[str, tuple[dict[str, Any], str | None]] = {}
    for number in range(200):
        if number % 10 == 3:
            body, type_ = bad[number // 10 % len(bad)]
            documents[f"bad-{number}"] = (dict(body), type_)
        else:
            documents[f"good-{number}"] = ({"image": jpeg(number), "number": number}, None)
    return documents


def sources(es: Elasticsearch, index: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for hit in es.search(index=index, size=1000, query={"match_all": {}})["hits"]["hits"]:
        yield hit["_id"], hit["_source"]


@pytest.mark.smoke
def test_keeping_pipeline_keeps_every_document(es: Elasticsearch, index: str, shipped: Path) -> None:
    documents = mixed_documents(shipped)
    items = bulk(es, index, "image-synset", {id_: body for id_, (body, _) in documents.items()})
    assert {item["status"] for item in items.values()} == {201}

    found = dict(sources(es, index))
    assert found.keys() == documents.keys()
    statuses = Counter(source.get("image_analysis", {}).get("status") for source in found.values())
    assert statuses == {"ok": 180, "failed": BAD - 2, None: 2}
    for id_, (body, type_) in documents.items():
        source = found[id_]
        if type_ == "missing_field":
            assert source == body, "there is nothing to say of it"
            continue
        analysis = source["image_analysis"]
        if type_ is None:
            assert "image" not in source and len(source["synset"]) == 10 and source["thumbnail"].startswith("/9j/")
            assert source["number"] == body["number"]
            continue
        assert analysis["error"]["type"] == type_, analysis
        assert "image" in analysis["error"]["reason"]
        kept = source["image"] if "image" in source else analysis["rejected"]
        assert kept == body["image"], "a failed document keeps what it came with"
        assert "synset" not in source and "synset_vector" not in source


@pytest.mark.smoke
def test_strict_pipeline_reports_each_bad_document(es: Elasticsearch, index: str, shipped: Path) -> None:
    documents = mixed_documents(shipped)
    items = bulk(es, index, "image-synset-strict", {id_: body for id_, (body, _) in documents.items()})
    assert Counter(item["status"] for item in items.values()) == {201: 180, 400: BAD}
    for id_, (_, type_) in documents.items():
        assert (items[id_]["status"] == 201) == (type_ is None)
    assert {id_ for id_, _ in sources(es, index)} == {id_ for id_, (_, type_) in documents.items() if type_ is None}
    reasons = str(items["bad-3"]["error"])
    assert "field [image]" in reasons and "base64" in reasons


def test_five_thousand_images_in_one_request(es: Elasticsearch, index: str) -> None:
    images = [jpeg(seed, 24) for seed in range(50)]
    items = bulk(es, index, "image-synset", {str(n): {"image": images[n % 50]} for n in range(5000)})
    assert Counter(item["status"] for item in items.values()) == {201: 5000}
    statuses = es.search(index=index, size=0, aggs={"status": {"terms": {"field": "image_analysis.status"}}})
    assert statuses["aggregations"]["status"]["buckets"] == [{"key": "ok", "doc_count": 5000}]


@pytest.mark.smoke
def test_document_has_every_field_of_the_design(es: Elasticsearch, index: str, shipped: Path) -> None:
    data = (shipped / "chelsea.png").read_bytes()
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    bulk(es, index, "image-synset", {"1": {"image": url, "filename": "cat.png", "mine": {"a": 1}}})
    # by default Elasticsearch leaves vectors out of what it gives back
    source = whole_source(es, index, "1")
    assert source["filename"] == "cat.png" and source["mine"] == {"a": 1} and "image" not in source

    scores = {name: value["score"] for name, value in source["synset"].items()}
    assert len(scores) == 10
    assert source["synset"]["Egyptian_cat"]["wind"] == "n02124075"
    assert source["synset"]["Egyptian_cat"]["words"] == "Egyptian_cat"
    # Elasticsearch gives vectors back as it indexed them, rounded to 0.4 %
    assert source["synset_vector"] == pytest.approx(scores, rel=5e-3)
    norm = float(np.linalg.norm(list(scores.values())))
    assert source["synset_norm"] == pytest.approx(norm)
    assert source["synset_unit_vector"] == pytest.approx(
        {name: score / norm for name, score in scores.items()}, rel=5e-3
    )
    assert source["synset_names"] == sorted(scores, key=lambda name: -scores[name])
    assert source["top_synset"] == source["synset_names"][0]
    assert source["top_score"] == pytest.approx(max(scores.values()))
    assert source["concept_vector"]["cat"] > 0.9 and "cat" in source["concepts"]
    assert source["concepts"] == sorted(source["concepts"], key=lambda key: -source["concept_vector"][key])
    analysis = source["image_analysis"]
    assert analysis["status"] == "ok" and analysis["top_k"] == 10 and "error" not in analysis
    assert analysis["model"]["name"] == "efficientnet_lite0" and analysis["model"]["version"] == "1-f32"
    assert analysis["image"] == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "format": "png",
        "width": 451,
        "height": 300,
        "bytes": len(data),
    }


def test_document_is_the_papers(es: Elasticsearch, index: str, shipped: Path) -> None:
    """The same photo by a straight computation with Keras and NumPy: same synsets, scores within 1e-4."""
    from sidecar.models import MODELS
    from sidecar.models.efficientnet_lite import packaged_weights
    from sidecar.synsets.index import synset_index

    bulk(es, index, "image-synset", {"1": {"image": base64.b64encode((shipped / "coffee.png").read_bytes()).decode()}})
    image = Image.open(shipped / "coffee.png").convert("RGB")  # 600×400
    pixels = np.asarray(image.resize((384, 256), Image.Resampling.BICUBIC).crop((80, 16, 304, 240)), np.float32)
    scores = MODELS["efficientnet_lite0"].build(packaged_weights(0)).predict((pixels[None] - 127) / 128, verbose=0)[0]
    best = np.argsort(-scores)[:10]
    classes = synset_index().classes
    synset = es.get(index=index, id="1")["_source"]["synset"]
    assert synset.keys() == {classes[i].name for i in best}
    for i in best:
        stored = synset[classes[i].name]
        assert (stored["wind"], stored["words"]) == (classes[i].id, classes[i].label)
        assert stored["score"] == pytest.approx(float(scores[i]), abs=1e-4)


def test_mappings_are_explicit(es: Elasticsearch, index: str, shipped: Path) -> None:
    """Indexing adds no field to the cluster state."""
    es.indices.create(index=index)
    before = es.indices.get_mapping(index=index)[index]["mappings"]
    bulk(es, index, "image-synset", {str(n): {"image": jpeg(n)} for n in range(40)})
    assert es.indices.get_mapping(index=index)[index]["mappings"] == before
    assert len(before["properties"]["synset"]["properties"]) == 1000


def test_an_index_of_ones_own_joins_in(es: Elasticsearch, shipped: Path) -> None:
    """As docs/indexing.md says: compose the component template, name the pipeline."""
    es.indices.put_index_template(
        name="products",
        index_patterns=["products"],
        composed_of=["image-synset"],
        template={"mappings": {"properties": {"price": {"type": "double"}}}},
    )
    try:
        image = base64.b64encode((shipped / "coffee.png").read_bytes()).decode()
        bulk(es, "products", "image-synset", {"1": {"image": image, "price": 3.5}})
        found = es.search_template(
            index="products",
            id="search-by-keyword",
            params={"words": "coffee", "filter": {"range": {"price": {"lt": 4}}}},
        )
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"]
        none = es.search_template(
            index="products",
            id="search-by-keyword",
            params={"words": "coffee", "filter": {"range": {"price": {"gt": 4}}}},
        )
        assert none["hits"]["hits"] == []
    finally:
        es.indices.delete(index="products", ignore_unavailable=True)
        es.indices.delete_index_template(name="products")


def test_simulate_shows_what_would_happen(es: Elasticsearch, shipped: Path) -> None:
    image = base64.b64encode((shipped / "rocket.jpg").read_bytes()).decode()
    docs = [{"_source": {"image": image}}, {"_source": {"image": "%"}}]
    good, bad = es.ingest.simulate(id="image-synset", docs=docs)["docs"]
    assert good["doc"]["_source"]["top_synset"] == "missile"
    assert bad["doc"]["_source"]["image_analysis"]["status"] == "failed"
