"""Indices of two vocabularies side by side: each knows its own names and words, also without any sidecar."""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import BadRequestError, Elasticsearch

from scripts.bench.synthetic.documents import packed
from scripts.connection import connect
from scripts.local.host import processes
from scripts.local.stack import Stack
from scripts.local.state import StackState, state_file
from scripts.shared.errors import CliError
from scripts.shared.settings import Settings
from scripts.shared.vocabularies import PREFIX, Vocabulary, component_template, index_template, served, stored
from sidecar.synsets.index import synset_index

SHOP = "image-synset-shop"
DEEP = "image-synset-deep"


def with_hash(body: dict[str, Any]) -> Vocabulary:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Vocabulary.read({**body, "hash": hashlib.sha256(text.encode()).hexdigest()})


def shop() -> Vocabulary:
    """Furniture with German words."""
    furniture = {"stuhl": "Stuhl", "tisch": "Tisch", "bank": "Sitzbank", "hocker": "Hocker"}
    return with_hash(
        {
            "name": "shop",
            "classes": [
                {"name": name, "label": word, "id": None, "words": [word], "concept": name}
                for name, word in furniture.items()
            ],
            "concepts": [
                {"name": "moebel", "id": None, "parents": [], "words": ["Möbel", "Einrichtung"]},
                {"name": "sitz", "id": None, "parents": ["moebel"], "words": ["Sitzmöbel"]},
                *(
                    {"name": name, "id": None, "parents": ["moebel" if name == "tisch" else "sitz"], "words": [word]}
                    for name, word in furniture.items()
                ),
            ],
        }
    )


def deep(classes: int = 2000) -> Vocabulary:
    """Many classes under a hierarchy of five levels."""
    concepts = [{"name": "root", "id": None, "parents": [], "words": ["everything"]}]
    parents = ["root"]
    for level in range(1, 5):
        names = [f"level{level}-{number}" for number in range(4**level)]
        concepts += [
            {"name": name, "id": None, "parents": [parents[number // 4]], "words": [name]}
            for number, name in enumerate(names)
        ]
        parents = names
    rows = [{"name": f"part-{number}", "label": f"Part {number}", "id": None, "words": []} for number in range(classes)]
    for number, row in enumerate(rows):
        row["concept"] = row["name"]
        concepts.append(
            {"name": row["name"], "id": None, "parents": [parents[number % len(parents)]], "words": [row["label"]]}
        )
    return with_hash({"name": "deep", "classes": rows, "concepts": concepts})


def document(scores: dict[str, float], concepts: dict[str, float]) -> dict[str, Any]:
    """As the processor writes it."""
    length = sum(score * score for score in scores.values()) ** 0.5
    return {
        "synset": {name: {"wind": name, "words": name, "score": score} for name, score in scores.items()},
        "synset_names": list(scores),
        "synset_vector": scores,
        "synset_unit_vector": {name: score / length for name, score in scores.items()},
        "synset_norm": length,
        "synset_scores": [packed(name, score) for name, score in scores.items()],
        "top_synset": next(iter(scores)),
        "top_score": max(scores.values()),
        "concept_vector": concepts,
        "concepts": list(concepts),
        "image_analysis": {"status": "ok", "model": {"name": "m", "vocabulary": "shop"}},
    }


PHOTOS = {
    "chair": document({"stuhl": 0.7, "hocker": 0.2}, {"moebel": 0.95, "sitz": 0.9, "stuhl": 0.7, "hocker": 0.2}),
    "table": document({"tisch": 0.8, "bank": 0.1}, {"moebel": 0.9, "tisch": 0.8, "sitz": 0.1, "bank": 0.1}),
}


@pytest.fixture(scope="module")
def vocabularies(es: Elasticsearch) -> Iterator[None]:
    """Stored as `setup` stores them, with an index of each, and one of ImageNet."""
    for vocabulary in (shop(), deep()):
        es.cluster.put_component_template(name=f"{PREFIX}{vocabulary.name}", **component_template(vocabulary))
        es.indices.put_index_template(name=f"image-synset-{vocabulary.name}", **index_template(vocabulary.name))
    for id_, photo in PHOTOS.items():
        es.index(index=SHOP, id=id_, document=photo, pipeline="_none", refresh=True)
    yield
    es.indices.delete(index=[SHOP, DEEP, "image-synset-words"], ignore_unavailable=True)
    for name in ("shop", "deep"):
        es.indices.delete_index_template(name=f"image-synset-{name}")
        es.cluster.delete_component_template(name=f"{PREFIX}{name}")


def ids(es: Elasticsearch, where: str, template: str, **params: Any) -> list[str]:
    found = es.search_template(index=where, id=template, params=params)
    assert found["_shards"]["failed"] == 0
    for hit in found["hits"]["hits"]:
        assert sum(why["product"] for why in hit["fields"]["why"]) == pytest.approx(hit["_score"], rel=1e-5)
    return [hit["_id"] for hit in found["hits"]["hits"]]


def every_search(es: Elasticsearch) -> None:
    """By words, synsets and documents, in both indices and in both at once."""
    both = f"{SHOP},image-synset-words"
    assert ids(es, SHOP, "search-by-keyword", words="Sitzmöbel") == ["chair"]
    assert ids(es, SHOP, "search-by-keyword", words="Sitzmöbel", weak_matches=True) == ["chair", "table"]
    assert ids(es, SHOP, "search-by-keyword", words="TISCH") == ["table"]
    assert ids(es, SHOP, "search-by-keyword", words="möbel", exclude=["Hocker"], exclude_above=0.05) == ["table"]
    assert ids(es, SHOP, "search-by-synsets", synsets={"bank": 1, "hocker": 2}) == ["chair", "table"]
    assert ids(es, SHOP, "search-by-synsets", synsets={"stuhl": 1}, similarity="cosine") == ["chair"]
    # a stool is a seat too, and a bench; a table only furniture, which every class here is
    assert ids(es, SHOP, "search-by-synsets", synsets={"hocker": 1}, similarity="kinds") == ["chair"]
    assert ids(es, SHOP, "search-like-document", index=SHOP, id="chair", include_self=True) == ["chair"]
    assert ids(es, "image-synset-words", "search-by-keyword", words="cats") == ["cat"]
    assert ids(es, both, "search-by-keyword", words=["cat", "Stuhl"]) == ["cat", "chair"]
    assert ids(es, both, "search-by-keyword", words="Tisch") == ["table"]
    for where, words, near in (
        (SHOP, "cat", "nothing similar"),
        (SHOP, "Vogel", "nothing similar"),  # ImageNet has bagel and towel
        ("image-synset-words", "Sitzmöbel", "nothing similar"),
    ):
        with pytest.raises(BadRequestError, match=near):
            ids(es, where, "search-by-keyword", words=words)
    with pytest.raises(BadRequestError, match="names of the model's classes"):
        ids(es, SHOP, "search-by-synsets", synsets={"tabby": 1})


@pytest.fixture(scope="module")
def cat(es: Elasticsearch, vocabularies: None, shipped: Path) -> str:
    image = base64.b64encode((shipped / "chelsea.png").read_bytes()).decode()
    es.index(index="image-synset-words", id="cat", document={"image": image}, refresh=True)
    return image


def test_each_index_knows_its_own_names_and_words(es: Elasticsearch, cat: str) -> None:
    every_search(es)


def test_an_image_is_not_compared_with_other_classes(es: Elasticsearch, cat: str) -> None:
    with pytest.raises(BadRequestError, match=r"vocabulary \[imagenet\].* found \[shop\]"):
        ids(es, SHOP, "search-by-image", image=cat)
    es.index(index=SHOP, id="imagenet", document={"image": cat}, refresh=True)
    source = es.get(index=SHOP, id="imagenet")["_source"]
    assert source["image_analysis"]["status"] == "pending" and source["image"] == cat
    assert source["image_analysis"]["error"]["type"] == "other_vocabulary"
    es.delete(index=SHOP, id="imagenet", refresh=True)


def test_the_first_document_of_an_index_is_checked_by_its_template(es: Elasticsearch, cat: str) -> None:
    es.index(index=DEEP, id="1", document={"image": cat}, refresh=True)
    analysis = es.get(index=DEEP, id="1")["_source"]["image_analysis"]
    assert analysis["error"]["type"] == "other_vocabulary"


def test_two_thousand_classes_five_levels_deep(es: Elasticsearch, vocabularies: None) -> None:
    choose = random.Random(1)
    names = deep().classes
    photos = [{name: choose.random() for name in choose.sample(names, 10)} for _ in range(500)]
    lines: list[dict[str, Any]] = []
    for number, scores in enumerate(photos):
        lines += [{"index": {"_id": str(number)}}, document(scores, {"root": 1.0})]
    assert not es.bulk(index=DEEP, operations=lines, pipeline="_none", refresh=True)["errors"]
    for asked in photos[:20]:
        products = {
            str(number): sum(asked[name] * scores.get(name, 0) for name in asked)
            for number, scores in enumerate(photos)
        }
        best = sorted(products, key=lambda id_: -products[id_])[:5]
        found = es.search(index=DEEP, query={"image_synset": {"synsets": asked}}, size=5)["hits"]["hits"]
        assert [hit["_score"] for hit in found] == pytest.approx([products[id_] for id_ in best], rel=1e-6)
    assert len(ids(es, DEEP, "search-by-keyword", words="level4-255 part 255 everything", weak_matches=True)) == 10
    mapped = es.indices.get_mapping(index=DEEP)[DEEP]["mappings"]
    assert len(json.dumps(mapped)) < 5000


def test_setup_asks_the_nodes_for_the_vocabularies_of_their_sidecars(
    es: Elasticsearch, vocabularies: None, cli: Callable[..., Result]
) -> None:
    (imagenet,) = served(es)
    assert (imagenet.name, imagenet.hash) == ("imagenet", synset_index().hash)
    assert set(stored(es)) == {"shop", "deep"} and stored(es)["shop"].hash == shop().hash
    assert cli("setup").exit_code == 0
    assert set(stored(es)) == {"shop", "deep"}, "those that no sidecar serves stay"


def test_all_goes_on_without_sidecars_and_after_a_restart(
    stack: Stack, state_dir: Path, cat: str, sidecar_away: Callable[[], AbstractContextManager[None]]
) -> None:
    processes.stop([StackState.load(state_file(state_dir)).running()["elasticsearch"].process], 30)
    stack.up()
    again = connect(Settings(url=stack.elasticsearch_url))
    with sidecar_away():
        again.cluster.health(wait_for_status="yellow", timeout="60s")
        every_search(again)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hash": "0" * 64}, "to have the hash"),
        ({"name": "Shop"}, "to have the hash"),
    ],
)
def test_a_vocabulary_that_was_changed_on_its_way_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CliError, match=message):
        Vocabulary.read({**shop().json, **change})
