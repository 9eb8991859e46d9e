"""`image-synset bench` of what indices take, of cold searches, of changed documents, and of other ways of searching."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.bench.searching.fresh_photos import FreshPhotos
from scripts.bench.searching.load import photo_writer
from scripts.bench.storage.clone import cloned
from scripts.bench.storage.index_files import IndexFiles
from scripts.bench.synthetic.corpus import Corpus
from scripts.shared.errors import FilesOutOfReach
from tests.support.waiting import until

Cli = Callable[..., Result]

INDEX = "bench-search-image-synset-2000-1"


def bench(cli: Cli, *arguments: str) -> dict[str, Any]:
    result = cli("bench", *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_sizes_by_field_make_up_the_index(cli: Cli, es: Elasticsearch) -> None:
    found = bench(cli, "size", "--docs", "2000", "--docs", "1000")
    small, large = found["rows"]
    assert (small["docs"], large["docs"]) == (1000, 2000) and small["store_mb"] < large["store_mb"]
    assert large["heap_mb"] > 0 and large["mappings_mb"] > 0
    fields = {field["field"]: field for field in found["fields"] if field["docs"] == 2000}
    assert {"_source", "_id", "synset", "synset_vector", "concept_vector"} <= set(fields)
    assert fields["synset"]["doc_values"] > 0 and fields["synset_vector"]["postings"] > 0
    assert sum(field["share"] for field in fields.values()) == pytest.approx(1, abs=0.001)
    # headers, and what describes two thousand fields, are in none of them
    assert 0.7 < sum(field["bytes_per_doc"] for field in fields.values()) / large["bytes_per_doc"] < 1
    # tests run where Elasticsearch does, but maybe as another user
    if reachable(es, INDEX):
        assert 0 < large["page_cache_mb"] <= large["store_mb"] * 1.2
    else:
        assert large["page_cache_mb"] is None


def reachable(es: Elasticsearch, index: str) -> bool:
    try:
        IndexFiles.find(es, index)
    except FilesOutOfReach:
        return False
    return True


def test_cold_searches_read_what_warm_ones_find_in_memory(cli: Cli, es: Elasticsearch) -> None:
    bench(cli, "size", "--docs", "2000")
    arguments = ("--docs", "2000", "--queries", "5", "--warm-up", "1", "--rounds", "1", "--case", "image_synset")
    if not reachable(es, INDEX):
        result = cli("bench", "cold", *arguments)
        assert result.exit_code == 1 and "as root or as Elasticsearch's user" in result.output
        return
    (row,) = bench(cli, "cold", *arguments)["rows"]
    assert row["cold_p50_ms"] > 0 and row["warm_p95_ms"] > 0
    # an index as small as this may be read whole when it is opened
    assert 0 <= row["read_mb"] <= row["resident_mb"] <= row["store_mb"] * 1.2
    assert es.count(index=INDEX)["count"] == 2000


def test_changed_documents_are_searched_exactly_and_the_clone_is_removed(cli: Cli, es: Elasticsearch) -> None:
    arguments = ("--docs", "2000", "--queries", "20", "--warm-up", "0", "--rounds", "1")
    rows = bench(cli, "changes", *arguments)["rows"]
    assert [row["state"] for row in rows] == ["before", "after", "merged"] * 3
    for row in rows:
        assert row["docs"] == (2000 if row["state"] == "before" else 1800)
        if row["case"] != "candidates":
            assert row["overlap_at_10"] == 1, row
    before, after, merged = rows[:3]
    # the merge leaves notes of the deletions
    assert before["deleted"] == 0 < merged["deleted"] < after["deleted"]
    assert (merged["segments"], merged["store_mb"] < after["store_mb"]) == (1, True)
    # the index itself is as before, and takes documents
    assert es.count(index=INDEX)["count"] == 2000
    assert "blocks" not in es.indices.get_settings(index=INDEX)[INDEX]["settings"]["index"]
    assert not es.indices.exists(index=f"{INDEX}-changed")


def test_an_interrupted_run_leaves_no_clone(cli: Cli, es: Elasticsearch) -> None:
    bench(cli, "size", "--docs", "2000")
    with pytest.raises(KeyboardInterrupt), cloned(es, INDEX) as clone:
        assert es.count(index=clone)["count"] == 2000
        es.indices.put_mapping(index=clone, properties={"x": {"type": "long"}})
        raise KeyboardInterrupt
    assert not es.indices.exists(index=clone)
    assert "blocks" not in es.indices.get_settings(index=INDEX)[INDEX]["settings"]["index"]


def test_ways_of_searching_are_compared_and_their_indices_removed(cli: Cli, es: Elasticsearch) -> None:
    options = ("--docs", "2000", "--dims", "64", "--queries", "10", "--warm-up", "0", "--rounds", "1")
    rows = {row["peer"]: row for row in bench(cli, "peers", *options)["rows"]}
    assert rows["image_synset"]["recall_at_10"] == rows["kNN, every vector"]["recall_at_10"] == 1
    assert rows["sparse_vector"]["recall_at_10"] > 0.9 and rows["kNN, HNSW"]["recall_at_10"] > 0.9
    assert rows["sparse_vector pruned"]["recall_at_10"] <= rows["sparse_vector"]["recall_at_10"]
    for row in rows.values():
        assert row["docs"] == 2000 and 0 < row["searched_bytes"] < row["bytes_per_doc"] and row["docs_per_s"] > 0
    # a float and a byte of each number
    assert rows["kNN, HNSW"]["searched_bytes"] > 5 * 64
    assert not es.indices.get(index="bench-peers-*").body


def test_an_index_without_order_is_searched_and_drawn(cli: Cli, es: Elasticsearch, tmp_path: Path) -> None:
    picture = tmp_path / "search.svg"
    options = ("--docs", "2000", "--shards", "1", "--queries", "5", "--warm-up", "0", "--rounds", "1")
    found = bench(cli, "search", *options, "--unordered", "--plot", str(picture))
    assert not found["ordered"]
    assert {row["overlap_at_10"] for row in found["rows"] if row["case"] in ("image_synset", "kinds")} == {1}
    assert "sort" not in es.indices.get_settings(index=f"{INDEX}-unordered")[f"{INDEX}-unordered"]["settings"]["index"]
    assert "image_synset" in picture.read_text("utf-8")


def test_clients_search_by_photos_while_others_are_indexed(cli: Cli, es: Elasticsearch, shipped: Path) -> None:
    options = ("--docs", "2000", "--clients", "2", "--case", "image_synset", "--seconds", "3", "--images", str(shipped))
    rows = bench(cli, "users", *options, "--index-photos")["rows"]
    assert [(row["case"], row["clients"]) for row in rows] == [("paper", 1), ("image_synset", 2), ("image", 2)]
    image = rows[2]
    assert image["searches_per_s"] > 0 and image["p99_ms"] >= image["p95_ms"] >= image["p50_ms"]
    assert {row["written_per_s"] for row in rows} == {0}
    assert not es.indices.exists(index=f"{INDEX}-photos")
    refused = cli("bench", "users", "--index-photos")
    assert refused.exit_code == 2 and "--index-photos needs --images" in refused.output


def test_photos_are_indexed_beside_searches_as_long_as_it_is_entered(es: Elasticsearch, shipped: Path) -> None:
    photos = FreshPhotos([shipped / "chelsea.png", shipped / "rocket.jpg"])
    with photo_writer(es, "bench-search-beside", Corpus(1), photos) as writer:
        until(lambda: writer.written >= 16)
        es.indices.refresh(index="bench-search-beside-photos")
        found = es.search(index="bench-search-beside-photos", source=["image_analysis.status"], size=16)["hits"]["hits"]
        assert [hit["_source"]["image_analysis"]["status"] for hit in found] == ["ok"] * 16
    assert not es.indices.exists(index="bench-search-beside-photos")
