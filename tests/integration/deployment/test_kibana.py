"""What the dashboard asks of Elasticsearch, asked on indexed photos: no panel would stay empty."""

import base64
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from PIL import Image

from scripts.dev.kibana import lens
from scripts.dev.kibana.fields import index_fields
from scripts.dev.kibana.objects import build
from scripts.dev.kibana.texts import decode
from tests.conftest import ROOT
from tests.integration.deployment.lens_queries import search_body
from tests.support.servers.kibana_server import fake_kibana

OBJECTS = {(object_["type"], object_["id"]): decode(object_) for object_ in build()}
VIEW = OBJECTS["index-pattern", "image-synset"]
DASHBOARD = OBJECTS["dashboard", "image-synset"]["attributes"]
TIME_RANGE = {"gte": DASHBOARD["timeFrom"], "lte": DASHBOARD["timeTo"]}
PANELS = [id_ for type_, id_ in OBJECTS if type_ == "lens"]
PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "motorcycle_left.png")


@pytest.fixture(scope="module")
def photos(
    es: Elasticsearch, cli: Callable[..., Result], shipped: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """An index of photos, a broken one, and one that waits for the sidecar; yields its name."""
    index, folder = "image-synset-kibana", tmp_path_factory.mktemp("photos")
    for name in PHOTOS:
        if (shipped / name).is_file():
            shutil.copy(shipped / name, folder)
    (folder / "broken.jpg").write_bytes((shipped / "rocket.jpg").read_bytes()[:5000])
    indexed = cli("index", str(folder), "--index", index)
    assert "broken.jpg" in indexed.output, indexed.output
    pending = {"status": "pending", "error": {"type": "sidecar_unavailable", "reason": "away"}}
    now = es.search(index=index, size=1, source=["image_analysis.analyzed_at"])["hits"]["hits"][0]["_source"]
    es.index(
        index=index,
        pipeline="_none",
        document={"filename": "late.jpg", "image_analysis": {**now["image_analysis"], **pending}},
        refresh=True,
    )
    yield index
    es.indices.delete(index=index)


@pytest.fixture(scope="module")
def documents(es: Elasticsearch, photos: str) -> list[dict[str, Any]]:
    return [hit["_source"] for hit in es.search(index=photos, size=100)["hits"]["hits"]]


def asked(es: Elasticsearch, photos: str, id_: str) -> dict[str, Any]:
    response = es.search(index=photos, **search_body(OBJECTS["lens", id_], VIEW, TIME_RANGE))
    assert response["hits"]["total"]["value"] > 0
    found: dict[str, Any] = response["aggregations"]
    return found


def filled(aggregations: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The buckets that hold documents by the aggregation's name, with what is in them as lists of one level."""
    levels: dict[str, list[dict[str, Any]]] = {}
    for name, result in aggregations.items():
        if not isinstance(result, dict) or "buckets" not in result:
            continue
        buckets = result["buckets"]
        if isinstance(buckets, dict):
            buckets = [{"key": key, **bucket} for key, bucket in buckets.items()]
        levels[name] = [bucket for bucket in buckets if bucket["doc_count"] > 0]
        for bucket in levels[name].copy():
            for inner, found in filled(bucket).items():
                levels.setdefault(inner, []).extend(found)
    return levels


@pytest.mark.parametrize("id_", PANELS)
def test_every_aggregation_of_a_panel_has_buckets(es: Elasticsearch, photos: str, id_: str) -> None:
    aggregations = asked(es, photos, id_)
    (layer,) = lens.layers(OBJECTS["lens", id_]).values()
    levels = filled(aggregations)
    bucketed = [name for name in layer["columnOrder"] if layer["columns"][name]["isBucketed"]]
    assert {name: bool(levels.get(name)) for name in bucketed} == dict.fromkeys(bucketed, True)
    for name, column in layer["columns"].items():
        if not column["isBucketed"] and column["operationType"] != "count":
            values = [bucket[name] for bucket in levels[bucketed[-1]]]
            assert any((value.get("value") or value.get("values", {}).get("50.0")) is not None for value in values)


def counts(buckets: list[dict[str, Any]]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def test_status_counts_what_failed_and_waits(es: Elasticsearch, photos: str, documents: list[dict[str, Any]]) -> None:
    found = counts(filled(asked(es, photos, "image-synset-status"))["status"])
    assert found == {"ok": len(documents) - 2, "failed": 1, "pending": 1}
    assert found == Counter(document["image_analysis"]["status"] for document in documents)


def test_failures_are_reported_by_their_error(es: Elasticsearch, photos: str) -> None:
    levels = filled(asked(es, photos, "image-synset-failures"))
    assert counts(levels["error"]) == {"corrupt_image": 1, "sidecar_unavailable": 1}
    assert counts(levels["status"]) == {"failed": 1, "pending": 1}


def test_the_tree_has_each_photo_once_where_it_belongs(
    es: Elasticsearch, photos: str, documents: list[dict[str, Any]]
) -> None:
    tree = asked(es, photos, "image-synset-tree")["kingdom"]["buckets"]
    best = {document["filename"].rsplit("/")[-1]: document.get("top_synset") for document in documents}
    cats = tree["Animals"]["family"]["buckets"]["Cats"]["synset"]["buckets"]
    assert best["chelsea.png"] in counts(cats)
    things = filled({"family": tree["Things"]["family"]})["synset"]
    assert best["rocket.jpg"] in counts(things)
    assert Counter(counts(filled({"kingdom": {"buckets": tree}})["synset"]).keys()) == Counter(
        {synset for synset in best.values() if synset}
    )
    assert sum(bucket["doc_count"] for bucket in tree.values()) == len([name for name in best.values() if name])


def test_the_mean_top_score_is_the_documents(es: Elasticsearch, photos: str, documents: list[dict[str, Any]]) -> None:
    (week,) = filled(asked(es, photos, "image-synset-top-score"))["time"]
    scores = [document["top_score"] for document in documents if "top_score" in document]
    assert week["score"]["value"] == pytest.approx(sum(scores) / len(scores), rel=1e-6)


def test_sizes_are_the_photos(es: Elasticsearch, photos: str, shipped: Path) -> None:
    with Image.open(shipped / "rocket.jpg") as photo:
        megapixels = photo.width * photo.height / 1e6
    ranges = asked(es, photos, "image-synset-sizes")
    jpegs = [
        (bucket["from"], bucket["to"])
        for format_ in ranges["format"]["buckets"]
        if format_["key"] == "jpeg"
        for bucket in format_["megapixels"]["buckets"]
        if bucket["doc_count"]
    ]
    assert len(jpegs) == 1 and jpegs[0][0] <= megapixels < jpegs[0][1]


def test_the_discover_session_gets_its_columns_and_pictures(es: Elasticsearch, photos: str) -> None:
    session = OBJECTS["search", "image-synset-photos"]["attributes"]
    hits = es.search(
        index=photos,
        size=100,
        query={"range": {VIEW["attributes"]["timeFieldName"]: TIME_RANGE}},
        sort=[{name: order} for name, order in session["sort"]],
        fields=session["columns"],
        runtime_mappings=VIEW["attributes"]["runtimeFieldMap"],
        source=False,
    )["hits"]["hits"]
    analyzed = [hit["fields"] for hit in hits if hit["fields"]["image_analysis.status"] == ["ok"]]
    assert len(analyzed) == len(hits) - 2 and all(fields.keys() == set(session["columns"]) for fields in analyzed)
    # what the template of the field's format puts before it says how the browser reads it
    template = VIEW["attributes"]["fieldFormatMap"]["thumbnail"]["params"]["urlTemplate"]
    assert template == "data:image/jpeg;base64,{{rawValue}}"
    for fields in analyzed:
        with Image.open(io.BytesIO(base64.b64decode(fields["thumbnail"][0], validate=True))) as picture:
            assert picture.format == "JPEG" and max(picture.size) == 128


def test_elasticsearch_itself_says_which_fields_can_be_aggregated(es: Elasticsearch, photos: str) -> None:
    names = [name for name in index_fields() if not name.startswith("synset.")]
    capable = es.field_caps(index=photos, fields=names)["fields"]
    for name, field in index_fields().items():
        if name in capable:
            assert all(kind["aggregatable"] == field.aggregatable for kind in capable[name].values()), name


def test_setup_imports_them(cli: Callable[..., Result]) -> None:
    with fake_kibana() as kibana:
        answer = json.loads(cli("setup", "--kibana-url", kibana.url, "--json").stdout)
    names = [f"{object_['type']}/{object_['id']}" for object_ in kibana.seen[0]["lines"]]
    assert answer["imported"] == names == ["/".join(name) for name in OBJECTS]
    assert "index_templates/image-synset" in answer["put"]


CONSOLE = re.findall(r"```console\n(\w+) (\S+)\n(.+?)```", (ROOT / "docs" / "kibana.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("method, path, body", CONSOLE)
def test_the_console_examples_find_something(es: Elasticsearch, photos: str, method: str, path: str, body: str) -> None:
    path = path.replace("image-synset*", photos)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    found = es.perform_request(method, f"/{path}", headers=headers, body=json.loads(body)).body
    assert found["hits"]["hits"] or found["aggregations"]["best"]["buckets"]
