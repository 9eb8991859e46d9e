"""Words under security: what is reported and counted is what the user may see."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from scripts.shared.assets import ES_CONFIG, put_assets
from scripts.words import OwnWords
from tests.support.servers.secured import SecuredNode

INDEX = "image-synset-seen"
PHOTOS = {"mine": ["cat"], "mine too": ["cat", "dog"], "theirs": ["cat"], "theirs too": ["castle"]}


@pytest.fixture(scope="module")
def index(secured: SecuredNode) -> Iterator[str]:
    list(put_assets(secured.admin))
    secured.admin.indices.delete(index=INDEX, ignore_unavailable=True)
    for id_, concepts in PHOTOS.items():
        document = {"concepts": concepts, "concept_vector": dict.fromkeys(concepts, 0.9), "owner": id_.split()[0]}
        secured.admin.index(index=INDEX, id=id_, document=document, pipeline="_none", refresh=True)
    yield INDEX
    secured.admin.indices.delete(index=INDEX)


def user(secured: SecuredNode, name: str, **rights: Any) -> Elasticsearch:
    password = secrets.token_urlsafe(16)
    secured.admin.security.put_role(name=name, indices=[{"names": [INDEX], "privileges": ["read"], **rights}])
    secured.admin.security.put_user(username=name, password=password, roles=[name])
    return secured.client(username=name, password=password)


def completed(es: Elasticsearch, beginning: str, index: str = INDEX) -> dict[str, int]:
    path = f"/{index}/_image_synset/words?q={beginning}&size=100"
    answer = es.perform_request("GET", path, headers={"accept": "application/json"})
    return {word["text"]: word["photos"] for word in answer["words"]}


def test_only_photos_that_the_user_may_see_are_counted(secured: SecuredNode, index: str) -> None:
    everything = completed(secured.admin, "ca")
    assert everything["cat"] == 3 and everything["castle"] == 1
    owner = user(secured, "words-owner", query={"term": {"owner.keyword": "mine"}})
    own = completed(owner, "ca")
    assert own["cat"] == 2 and "castle" not in own
    blind = user(secured, "words-blind", field_security={"grant": ["*"], "except": ["concepts"]})
    assert completed(blind, "ca") == {}


def test_who_sees_some_documents_gets_words_explained_too(secured: SecuredNode, index: str) -> None:
    """Elasticsearch's own suggesters are refused to such users."""
    owner = user(secured, "words-owner", query={"term": {"owner.keyword": "mine"}})
    answer = owner.search_template(index=INDEX, id="search-by-keyword", params={"words": "a kitten", "source": False})
    assert {hit["_id"] for hit in answer["hits"]["hits"]} == {"mine", "mine too"}
    assert [word["searched"] for word in answer["suggest"]["words"]] == [["cat"]]


def test_who_may_not_read_or_store_is_refused(secured: SecuredNode, index: str) -> None:
    stranger = user(secured, "words-stranger", names=["image-synset-other"])
    with pytest.raises(AuthorizationException):
        completed(stranger, "ca")
    # nor does it say whether there is such an index
    with pytest.raises(AuthorizationException):
        completed(stranger, "ca", "image-synset-nowhere")
    own = OwnWords({"katze": ["cat"]})
    with pytest.raises(AuthorizationException):
        own.put(stranger, "own")
    descriptor = json.loads((ES_CONFIG / "roles/image-synset-operator.json").read_text("utf-8"))
    key = secured.admin.security.create_api_key(name="words", role_descriptors={"operator": descriptor})
    operator = secured.client(api_key=key["encoded"])
    own.put(operator, "own")
    params = {"words": "Katze", "source": False}
    try:
        found = secured.admin.search_template(index=INDEX, id="search-by-keyword", params=params)
    finally:
        operator.cluster.delete_component_template(name="image-synset-words-own")
    assert len(found["hits"]["hits"]) == 3
