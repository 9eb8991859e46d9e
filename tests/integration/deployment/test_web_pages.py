"""What pages of other sites can make a browser send to a stack without passwords changes and shows nothing."""

import base64
import io
from pathlib import Path

import pytest
import requests
from elasticsearch import Elasticsearch

from scripts.local.stack import Stack

# as a page of another site has it, and as one of a file or a sandbox has
ORIGINS = ["https://evil.example", "http://127.0.0.1:3000", "null"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_elasticsearch_does_nothing_for_another_origin(
    stack: Stack, es: Elasticsearch, index: str, origin: str
) -> None:
    """None of these needs a body type, so that a browser would ask nobody before it sends them."""
    es.index(index=index, id="1", document={"filename": "kept"}, refresh=True)
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    for method, path in (
        ("POST", f"/{index}/_delete_by_query?q=*:*&refresh=true"),
        ("POST", f"/{index}/_close"),
        ("GET", f"/{index}/_search"),
        ("POST", "/_image_synset/test"),
    ):
        answer = requests.request(method, f"{stack.elasticsearch_url}{path}", headers=headers, timeout=60)
        assert answer.status_code == 403, path
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert es.count(index=index)["count"] == 1


def test_a_rebound_name_is_answered_where_there_is_no_password(stack: Stack) -> None:
    """What docs/security.md names as not defended: to the browser such a page is of this very site."""
    headers = {"Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    for url in (f"{stack.elasticsearch_url}/_cluster/health", f"{stack.sidecar_url}/v1/model"):
        assert requests.get(url, headers=headers, timeout=60).status_code == 200


def test_a_picture_of_another_sites_page_is_asked_for_where_there_is_no_password(stack: Stack) -> None:
    """What docs/security.md names as not defended: browsers send no `Origin` with such a GET."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    answers = [
        requests.get(url, headers=headers, timeout=60)
        for url in (f"{stack.elasticsearch_url}/_cluster/health", f"{stack.sidecar_url}/v1/model")
    ]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert "Access-Control-Allow-Origin" not in answers[0].headers


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_sidecar_analyzes_nothing_for_another_origin(stack: Stack, shipped: Path, origin: str) -> None:
    image = base64.b64encode((shipped / "coffee.png").read_bytes()).decode()
    body = io.BytesIO(f'{{"images": [{{"id": "1", "image": "{image}"}}]}}'.encode())
    headers = {"Origin": origin, "Content-Type": "application/json"}
    answer = requests.post(f"{stack.sidecar_url}/v1/analyze", data=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "other_site")
