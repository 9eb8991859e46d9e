"""What is sent to Kibana, and what its refusals become."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response, redirect
from pydantic import SecretStr

from scripts.local.host.ports import any_free
from scripts.setup.kibana import import_objects
from scripts.shared.assets import KIBANA_OBJECTS
from scripts.shared.errors import KibanaRefused
from scripts.shared.settings import Settings
from tests.support.servers.kibana_server import FakeKibana, fake_kibana

OBJECTS = [json.loads(line) for line in KIBANA_OBJECTS.read_text("utf-8").splitlines()]
NAMES = [f"{object_['type']}/{object_['id']}" for object_ in OBJECTS]


@pytest.fixture
def kibana() -> Iterator[FakeKibana]:
    with fake_kibana() as fake:
        yield fake


def test_every_object_is_sent_and_named(kibana: FakeKibana) -> None:
    assert import_objects(f"{kibana.url}/", Settings()) == NAMES
    (seen,) = kibana.seen
    assert seen == {"query": {"overwrite": "true"}, "login": None, "lines": OBJECTS}


def test_it_logs_in_as_to_elasticsearch(kibana: FakeKibana) -> None:
    import_objects(kibana.url, Settings(username="elastic", password=SecretStr("secret")))
    import_objects(kibana.url, Settings(api_key=SecretStr("key")))
    basic = base64.b64encode(b"elastic:secret").decode()
    assert [seen["login"] for seen in kibana.seen] == [f"Basic {basic}", "ApiKey key"]


REFUSED = {
    "success": False,
    "successCount": 0,
    "errors": [
        {
            "type": "dashboard",
            "id": "image-synset",
            "error": {"type": "missing_references", "references": [{"type": "lens", "id": "image-synset-tree"}]},
        },
        {"type": "lens", "id": "image-synset-bytes", "error": {"type": "unknown", "message": "too new"}},
        {"type": "search", "id": "image-synset-photos", "error": {"type": "unsupported_type"}},
    ],
}


@pytest.mark.parametrize(
    "status, answer, expected",
    [
        (200, REFUSED, "dashboard/image-synset: lens/image-synset-tree\nlens/image-synset-bytes: too new\nsearch/"),
        (401, {"statusCode": 401, "message": "Unauthorized"}, "401: Unauthorized. Its login is Elasticsearch's"),
        (503, {"message": "License is not available."}, "503: License is not available."),
        (200, "<html>a proxy</html>", "200: not an answer of its import"),
        (200, ["?"], "200: not an answer of its import"),
    ],
)
def test_a_refusal_names_what_and_why(kibana: FakeKibana, status: int, answer: Any, expected: str) -> None:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    kibana.answer = Response(text, status)
    with pytest.raises(KibanaRefused) as refused:
        import_objects(kibana.url, Settings())
    assert expected in refused.value.message


def test_a_login_page_is_not_a_success(kibana: FakeKibana) -> None:
    kibana.answer = redirect("/login")
    with pytest.raises(KibanaRefused, match="Kibana answered 302"):
        import_objects(kibana.url, Settings())


def test_nobody_there() -> None:
    with pytest.raises(KibanaRefused, match="--kibana-url: expected Kibana at http://127.0.0.1"):
        import_objects(f"http://127.0.0.1:{any_free()}", Settings())
