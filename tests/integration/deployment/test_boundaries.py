"""Attacks on a node with security on, by users who may see and do a part only; each was possible once."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from elasticsearch import ApiError, AuthorizationException, BadRequestError, Elasticsearch

from scripts.cli import main
from scripts.gallery import create_app
from scripts.local.host.ports import any_free
from scripts.shared.assets import ES_CONFIG, put_assets
from tests.support.documents import bulk
from tests.support.servers.secured import SecuredNode

INDEX = "image-synset-boundaries"
JSON = {"Accept": "application/json"}
ADDRESS = "http://127.0.0.1:8600"


@pytest.fixture(scope="module")
def photo(shipped: Path) -> str:
    return base64.b64encode((shipped / "coffee.png").read_bytes()).decode()


@pytest.fixture(scope="module", autouse=True)
def indexed(secured: SecuredNode, shipped: Path, photo: str) -> Iterator[None]:
    es = secured.admin
    list(put_assets(es))
    rocket = base64.b64encode((shipped / "rocket.jpg").read_bytes()).decode()
    documents = {
        "seen": {"filename": "coffee.png", "owner": "me", "image": photo},
        "hidden": {"filename": "rocket.jpg", "owner": "another", "image": rocket},
    }
    bulk(es, INDEX, "image-synset", documents)
    es.indices.refresh(index=INDEX)
    yield
    es.indices.delete(index=INDEX)


Limited = Callable[..., Elasticsearch]


@pytest.fixture(scope="module")
def limited(secured: SecuredNode) -> Limited:
    """A client with these privileges and no others; of the index it sees some documents and some fields."""

    def client(cluster: list[str], privileges: list[str], **index: Any) -> Elasticsearch:
        rights = [{"names": [INDEX], "privileges": privileges, **index}] if privileges else []
        role = {"cluster": cluster, "indices": rights}
        return secured.client(
            api_key=secured.admin.security.create_api_key(name="x", role_descriptors={"x": role})["encoded"]
        )

    return client


DOCUMENTS = {"query": {"term": {"owner.keyword": "me"}}}
FIELDS = {"field_security": {"grant": ["*"], "except": ["owner", "thumbnail"]}}


def test_each_search_needs_read_alone_and_shows_what_the_user_may_see(limited: Limited, photo: str) -> None:
    es = limited([], ["read"], **DOCUMENTS, **FIELDS)
    searches = {
        "search-by-image": {"image": photo},
        "search-by-keyword": {"words": "entity"},
        "search-by-synsets": {"synsets": {"espresso": 1, "missile": 1}},
        "search-like-document": {"index": INDEX, "id": "seen"},
    }
    for template, params in searches.items():
        found = es.search_template(index=INDEX, id=template, params=params)["hits"]["hits"]
        assert {hit["_id"] for hit in found} <= {"seen"}, template
        assert not any({"owner", "thumbnail"} & set(hit["_source"]) for hit in found), template
    for id_ in ("hidden", "never"):
        with pytest.raises(ApiError, match=r"expected \[document\] to exist"):
            es.search_template(index=INDEX, id="search-like-document", params={"index": INDEX, "id": id_})


def test_a_client_of_its_own_needs_no_privilege_of_the_cluster(
    secured: SecuredNode, limited: Limited, photo: str
) -> None:
    """For bulk requests through a pipeline, with updates and new fields; deleting needs a further privilege."""
    es = limited([], ["index", "auto_configure"])
    operations: list[dict[str, Any]] = [
        {"index": {"_index": INDEX, "_id": "own"}},
        {"image": photo, "filename": "own.png"},
        {"update": {"_index": INDEX, "_id": "own"}},
        {"doc": {"album": "x"}},
        {"update": {"_index": INDEX, "_id": "own"}},
        {"doc": {"image": photo}},
        {"delete": {"_index": INDEX, "_id": "own"}},
    ]
    items = es.bulk(operations=operations, pipeline="image-synset")["items"]
    assert [item[action]["status"] for item in items for action in item] == [201, 200, 200, 403]
    source = secured.admin.get(index=INDEX, id="own")["_source"]
    assert source["album"] == "x" and source["image_analysis"]["status"] == "ok" and "image" not in source
    secured.admin.delete(index=INDEX, id="own", refresh=True)


@pytest.mark.parametrize(
    ("method", "path", "privilege"),
    [
        ("GET", "/_image_synset/stats", "cluster:monitor/image_synset/stats"),
        ("GET", "/_image_synset/vocabulary", "cluster:monitor/image_synset/vocabulary"),
        ("POST", "/_image_synset/test", "cluster:admin/image_synset/test"),
    ],
)
def test_each_endpoint_needs_its_one_privilege(limited: Limited, method: str, path: str, privilege: str) -> None:
    with_it = limited([privilege], [])
    assert with_it.perform_request(method, path, headers=JSON).meta.status == 200
    with pytest.raises(AuthorizationException):
        limited([], ["all"]).perform_request(method, path, headers=JSON)


@pytest.mark.parametrize("hidden", ["thumbnail", "concept_vector", "synset.*", "image_analysis"])
def test_a_writer_who_may_not_see_a_field_does_not_lose_it(
    secured: SecuredNode, limited: Limited, photo: str, hidden: str
) -> None:
    """`skip_existing` reads as the writer; what the writer may not see it takes for missing."""
    es = secured.admin
    processor = {"skip_existing": True, "thumbnail": 64}
    es.ingest.put_pipeline(id="reusing", processors=[{"image_synset": processor}])
    writer = limited([], ["read", "index"], field_security={"grant": ["*"], "except": [hidden]})
    document = {"image": photo, "filename": "mine.png"}
    es.index(index=INDEX, id="again", document=document, pipeline="reusing")
    before = es.get(index=INDEX, id="again")["_source"]
    writer.index(index=INDEX, id="again", document=document, pipeline="reusing")
    after = es.get(index=INDEX, id="again")["_source"]
    for source in (before, after):
        source["image_analysis"].pop("analyzed_at")
    assert after == before and after["thumbnail"]
    es.delete(index=INDEX, id="again", refresh=True)


@pytest.mark.parametrize("returned", ["-1", "Double.NaN"])
def test_a_stored_script_that_returns_no_score_is_refused(secured: SecuredNode, returned: str) -> None:
    """As `script_score` refuses it; who may change scripts could else have hits of no score among others."""
    es = secured.admin
    try:
        es.put_script(id="synset-inner-product", script={"lang": "painless", "source": f"return {returned};"})
        with pytest.raises(BadRequestError) as refused:
            es.search(index=INDEX, query={"image_synset": {"synsets": {"espresso": 1}}})
        assert "[synset-inner-product] to return a score of 0 or more" in str(refused.value.body)
    finally:
        list(put_assets(es))


@pytest.mark.parametrize(
    "query",
    [
        {"image": ["A" * 3_000_000]},
        {"synsets": "A" * 3_000_000},
        {"words": {"a": "A" * 3_000_000}},
        {"document": ["A" * 3_000_000]},
        {"words": "cat", "field": {"a": "A" * 3_000_000}},
    ],
    ids=["image", "synsets", "words", "document", "field"],
)
def test_what_is_of_the_wrong_type_is_reported_briefly(limited: Limited, query: dict[str, Any]) -> None:
    es = limited([], ["read"])
    with pytest.raises(BadRequestError) as refused:
        es.search(index=INDEX, query={"image_synset": query})
    answer = json.dumps(refused.value.body)
    assert "A" * 201 not in answer and len(answer) < 3000


def test_a_document_of_another_cluster_is_refused_by_what_it_is(secured: SecuredNode) -> None:
    document = {"index": "elsewhere:photos", "id": "1"}
    with pytest.raises(BadRequestError) as refused:
        secured.admin.search(index=INDEX, query={"image_synset": {"document": document}})
    assert "an index of this cluster, found [elsewhere:photos]" in str(refused.value.body)


@pytest.fixture(scope="module")
def as_role(secured: SecuredNode) -> Callable[[str], str]:
    def key(role: str) -> str:
        descriptor = json.loads((ES_CONFIG / f"roles/image-synset-{role}.json").read_text("utf-8"))
        return str(secured.admin.security.create_api_key(name=role, role_descriptors={role: descriptor})["encoded"])

    return key


def environment(secured: SecuredNode, key: str) -> dict[str, str]:
    return {
        "IMAGE_SYNSET_URL": secured.url,
        "IMAGE_SYNSET_CA_CERTS": str(secured.ca_certs),
        "IMAGE_SYNSET_API_KEY": key,
    }


def run(secured: SecuredNode, key: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment(secured, key))


def test_the_gallerys_command_starts_with_its_role(secured: SecuredNode, as_role: Callable[[str], str]) -> None:
    """Which may search, and not ask Elasticsearch for its name."""
    command = [Path(sys.executable).with_name("image-synset"), "gallery", "--json", "--port", str(any_free())]
    known = {**os.environ, **environment(secured, as_role("gallery"))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=known) as process:
        assert process.stdout is not None
        try:
            assert requests.get(json.loads(process.stdout.readline())["url"], timeout=60).status_code == 200
        finally:
            process.terminate()
    refused = run(secured, "d3Jvbmc6d3Jvbmc=", "gallery")
    assert refused.exit_code == 1 and "401" in refused.output


def test_the_gallerys_role_suffices_for_it(secured: SecuredNode, as_role: Callable[[str], str], photo: str) -> None:
    gallery = create_app(secured.client(api_key=as_role("gallery")), INDEX).test_client()
    asked: dict[str, list[dict[str, Any]]] = {
        "search": [{}, {"query": {"image": photo}}, {"query": {"words": "entity"}}, {"query": {"like": "seen"}}],
        "facets": [{}, {"query": {"words": "entity"}}],
        "synsets": [{"image": photo}, {"like": "seen"}],
    }
    for path, bodies in asked.items():
        for body in bodies:
            answer = gallery.post(f"/api/{path}", json=body, base_url=ADDRESS)
            assert answer.status_code == 200, (path, answer.get_json())
    # of that role each privilege is needed
    for lacking in ({"cluster": [], "indices": ["read"]}, {"cluster": ["read_pipeline"], "indices": []}):
        rights = [{"names": [INDEX], "privileges": ["read"]}] if lacking["indices"] else []
        role = {"cluster": lacking["cluster"], "indices": rights}
        key = secured.admin.security.create_api_key(name="x", role_descriptors={"x": role})["encoded"]
        less = create_app(secured.client(api_key=key), INDEX).test_client()
        answers = [less.post("/api/synsets", json={"image": photo}, base_url=ADDRESS)]
        answers.append(less.post("/api/search", json={}, base_url=ADDRESS))
        assert 403 in {answer.status_code for answer in answers}


def test_the_evaluators_role_suffices_for_it(
    secured: SecuredNode, as_role: Callable[[str], str], shipped: Path, tmp_path: Path
) -> None:
    for label, names in {"cat": ["chelsea.png"], "motorcycle": ["motorcycle_left.png", "motorcycle_right.png"]}.items():
        (tmp_path / label).mkdir()
        for name in names:
            shutil.copy(shipped / name, tmp_path / label)
    result = run(secured, as_role("evaluator"), "evaluate", str(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert not secured.admin.indices.exists(index="evaluate-*", allow_no_indices=False)
    # and does nothing else
    assert run(secured, as_role("evaluator"), "search", "--keyword", "cat", "--index", INDEX).exit_code == 1


def test_features_are_searched_by_the_gallerys_role(
    secured: SecuredNode, as_role: Callable[[str], str], shipped: Path
) -> None:
    arguments = ("search", "--features", "--image", str(shipped / "coffee.png"), "--index", INDEX)
    result = run(secured, as_role("gallery"), *arguments)
    assert result.exit_code == 0, result.output
    assert run(secured, as_role("searcher"), *arguments).exit_code == 1
