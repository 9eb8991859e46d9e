"""What the gallery's server refuses before it asks Elasticsearch."""

import socket
from typing import Any

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from scripts.gallery.app import create_app
from scripts.gallery.command import gallery
from scripts.gallery.login import Login
from scripts.gallery.schemas import MAX_REQUEST_BYTES

ADDRESS = "http://127.0.0.1:8600"


@pytest.fixture
def client() -> FlaskClient:
    return create_app(Elasticsearch("http://127.0.0.1:9", max_retries=0), "photos").test_client()


def reason(answer: Any) -> str:
    text: str = answer.get_json()["error"]["reason"]
    return text


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/nowhere"])
def test_every_answer_has_the_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=ADDRESS)
    answer.close()
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_page_has_no_inline_script_or_style(client: FlaskClient) -> None:
    page = client.get("/", base_url=ADDRESS).text
    assert page.count("<script") == page.count('<script type="module" src="/static/') == 1
    assert "<style" not in page and "style=" not in page and "http:" not in page and "https:" not in page


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1:8600", 200), ("localhost", 200), ("evil.example:8600", 400)])
def test_another_name_for_this_machine_is_refused(client: FlaskClient, host: str, status: int) -> None:
    assert client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_are_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/search", json={}, base_url=ADDRESS, headers=headers)
    assert answer.status_code == 403 and "another site" in reason(answer)


def test_a_form_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/search", data="{}", content_type="text/plain", base_url=ADDRESS)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("search", {"query": {"image": "QQ==", "like": "1"}}, "at most one of"),
        ("search", {"query": {"synsets": {}}}, "query.synsets"),
        ("search", {"from": 9990, "size": 40}, "at most 10000"),
        ("search", {"size": 1000}, "size"),
        ("search", {"index": "other"}, "index"),
        ("facets", {"filters": {"status": "ok"}}, "filters.status"),
        ("synsets", {}, "exactly one of"),
    ],
)
def test_a_body_that_does_not_fit_is_reported(client: FlaskClient, path: str, body: dict[str, Any], said: str) -> None:
    answer = client.post(f"/api/{path}", json=body, base_url=ADDRESS)
    assert answer.status_code == 400 and said in reason(answer)


@pytest.mark.parametrize(
    "body",
    [
        {"A" * 3_000_000: 1},
        {"query": {"A" * 3_000_000: 1}},
        {"query": {"synsets": {"A" * 3_000_000: "x"}}},
        {"size": "A" * 3_000_000},
        {"filters": {"status": ["A" * 3_000_000]}},
    ],
)
def test_what_was_sent_is_reported_briefly(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/api/search", json=body, base_url=ADDRESS)
    assert answer.status_code == 400 and "A" * 201 not in reason(answer) and len(answer.data) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"query":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion limit"),
        (b'{"query":' + b'{"query":' * 100_000 + b"1" + b"}" * 100_001, "recursion limit"),
        (b'{"query": {"words": "\\ud800"}}', "Invalid JSON"),
        (b'{"query": {"words": "\xff"}}', "Invalid JSON"),
        (b'{"query": ', "Invalid JSON"),
        (b"", "Invalid JSON"),
        (b"[]", "an object"),
    ],
    ids=["nested lists", "nested objects", "half a character", "no UTF-8", "cut", "empty", "no object"],
)
def test_a_body_that_is_not_a_json_object_is_reported(client: FlaskClient, text: bytes, said: str) -> None:
    answer = client.post("/api/search", data=text, content_type="application/json", base_url=ADDRESS)
    assert answer.status_code == 400 and said in reason(answer)


def test_a_body_too_large_is_refused_by_its_length(client: FlaskClient) -> None:
    answer = client.post(
        "/api/synsets",
        data=b"",
        content_type="application/json",
        base_url=ADDRESS,
        environ_overrides={"CONTENT_LENGTH": str(MAX_REQUEST_BYTES + 1)},
    )
    assert answer.status_code == 413 and "at most 20 MB" in reason(answer)


def test_elasticsearch_away_is_reported(client: FlaskClient) -> None:
    answer = client.post("/api/search", json={}, base_url=ADDRESS)
    assert answer.status_code == 502 and "Expected Elasticsearch at http://127.0.0.1:9" in reason(answer)


def test_the_index_is_named_as_text() -> None:
    client = create_app(Elasticsearch("http://127.0.0.1:9"), "<b>x").test_client()
    page = client.get("/", base_url=ADDRESS).text
    assert "<b>" not in page and "&lt;b&gt;x" in page


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
def closed(login: Login) -> FlaskClient:
    """As the command serves it."""
    return create_app(Elasticsearch("http://127.0.0.1:9", max_retries=0), "photos", login).test_client()


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=guessed", "/static/main.js", "/nowhere", "/api/search"])
def test_nobody_gets_in_without_the_token(closed: FlaskClient, path: str) -> None:
    closed.set_cookie("image-synset-gallery-8600", "guessed", domain="127.0.0.1")
    answer = (
        closed.post(path, json={}, base_url=ADDRESS) if path == "/api/search" else closed.get(path, base_url=ADDRESS)
    )
    assert answer.status_code == 403 and "which has a token" in reason(answer)


def test_the_token_becomes_a_strict_cookie_and_leaves_the_address(closed: FlaskClient, login: Login) -> None:
    answer = closed.get(f"/?words=cat&token={login.token}&weak=yes", base_url=ADDRESS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?words=cat&weak=yes")
    assert answer.headers["Set-Cookie"].endswith("; HttpOnly; Path=/; SameSite=Strict")
    assert closed.get("/", base_url=ADDRESS).status_code == 200
    assert closed.post("/api/search", json={}, base_url=ADDRESS).status_code == 502  # asks Elasticsearch
    # a gallery on another port has another cookie
    assert closed.get("/", base_url="http://127.0.0.1:8601").status_code == 403


def test_what_the_list_of_processes_shows_lets_in_once(closed: FlaskClient, login: Login) -> None:
    shown = login.address_for_once(ADDRESS).removeprefix(ADDRESS)
    assert login.token not in shown
    assert closed.get(shown, base_url=ADDRESS).status_code == 303
    stranger = closed.application.test_client()
    assert stranger.get(shown, base_url=ADDRESS).status_code == 403
    again = login.address(ADDRESS).removeprefix(ADDRESS)
    assert stranger.get(again, base_url=ADDRESS).status_code == 303


def test_the_token_is_not_taken_from_another_sites_page(closed: FlaskClient, login: Login) -> None:
    headers = {"Origin": "http://evil.example"}
    answer = closed.post(f"/api/search?token={login.token}", json={}, base_url=ADDRESS, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("host", "name", "status"),
    [
        ("0.0.0.0", "192.0.2.7:8600", 200),
        ("0.0.0.0", "[2001:db8::7]:8600", 200),
        ("0.0.0.0", "localhost:8600", 200),
        ("0.0.0.0", f"{socket.gethostname()}:8600", 200),
        ("photos.internal", "photos.internal:8600", 200),
        ("0.0.0.0", "evil.example:8600", 400),
        ("0.0.0.0", "[:8600", 400),
        ("127.0.0.1", "192.0.2.7:8600", 400),
    ],
)
def test_on_the_network_it_answers_to_its_own_name_and_addresses(host: str, name: str, status: int) -> None:
    client = create_app(Elasticsearch("http://127.0.0.1:9"), "photos", host=host).test_client()
    assert client.get("/", headers={"Host": name}).status_code == status


@pytest.mark.parametrize(("name", "status"), [(socket.gethostname(), 502), ("photos.example", 400)])
def test_a_proxy_at_the_machines_name_may_add_tls(name: str, status: int) -> None:
    """It keeps the header Host; 502 is that Elasticsearch was asked."""
    client = create_app(Elasticsearch("http://127.0.0.1:9", max_retries=0), "photos", host="0.0.0.0").test_client()
    headers = {"Host": name, "Origin": f"https://{name}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/search", json={}, headers=headers).status_code == status


def test_behind_a_published_port_it_answers_to_the_name_that_browsers_have() -> None:
    elasticsearch = Elasticsearch("http://127.0.0.1:9", max_retries=0)
    client = create_app(elasticsearch, "photos", host="0.0.0.0", name="photos.example").test_client()
    for name, status in (("photos.example", 200), ("photos.example:8600", 200), ("evil.example", 400)):
        assert client.get("/", headers={"Host": name}).status_code == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--token", "short"], "expected 20 characters or more"),
        (["--token", "with spaces and more than that"], "expected 20 characters or more"),
        (["--public-url", "photos.example"], "expected http:// or https://"),
        (["--public-url", "https://photos.example/below"], "without a path"),
    ],
)
def test_an_option_that_does_not_fit_is_reported(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(gallery, [*arguments, "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 2 and said in " ".join(result.output.split())
    assert "with spaces" not in result.output
