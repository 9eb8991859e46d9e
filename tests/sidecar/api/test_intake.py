"""Token, priority, deadline, room, request id, metrics and log lines, with the real model behind them."""

import base64
import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sidecar.analyzer import Analyzer
from sidecar.app import create_app
from sidecar.host.logs import configuration
from sidecar.host.metrics import Metrics
from sidecar.pipeline import Options
from sidecar.scheduling.admission import Reservation
from sidecar.scheduling.priority import Priority
from sidecar.settings import Settings, settings_from_environment
from tests.support.answers import error_of, number, photo

TOKEN = "correct horse"


@pytest.fixture
def own(analyzer: Analyzer) -> Analyzer:
    """The loaded model with numbers and room of its own; what its batcher counts is the shared one's."""
    fresh = Analyzer(Settings(model="efficientnet_lite0", queue_max_images=8))
    fresh.serve(analyzer.serving.model, analyzer.serving.runtime)
    return fresh


@pytest.fixture
def client(own: Analyzer) -> FlaskClient:
    return create_app(Settings(model="efficientnet_lite0", token=TOKEN), own).test_client()


@pytest.fixture
def body(shipped: Path) -> dict[str, Any]:
    return {"images": [{"id": "1", "image": photo(shipped / "coffee.png")}], "top_k": 1}


def bearer(token: str = TOKEN, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer correct", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ünïcode"],
)
@pytest.mark.parametrize("path", ["/v1/model", "/metrics", "/openapi.json", "/v1/analyze", "/nowhere"])
def test_without_the_token_all_but_health_is_401(client: FlaskClient, authorization: str | None, path: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = client.post(path, headers=headers, data=b"x") if "analyze" in path else client.get(path, headers=headers)
    assert error_of(response)[:2] == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    for health in ("/health/live", "/health/ready"):
        assert client.get(health, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/model", "/metrics", "/health/live", "/nowhere", "/v1/analyze"])
def test_what_a_browser_sends_for_another_site_is_refused(
    own: Analyzer, body: dict[str, Any], headers: dict[str, str], path: str
) -> None:
    """Without a token, as on the local stack; the type of the body is one that needs no preflight."""
    client = create_app(Settings(model="efficientnet_lite0"), own).test_client()
    text = {"data": json.dumps(body), "content_type": "text/plain"}
    response = client.post(path, headers=headers, **text) if "analyze" in path else client.get(path, headers=headers)
    assert error_of(response)[:2] == (403, "other_site")
    assert number(own.metrics, "sidecar_decode_seconds_count") == 0


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}])
def test_programs_and_a_browsers_own_address_line_are_answered(own: Analyzer, headers: dict[str, str]) -> None:
    client = create_app(Settings(model="efficientnet_lite0"), own).test_client()
    assert client.get("/v1/model", headers=headers).status_code == 200


def test_with_the_token_everything_answers(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/analyze", json=body, headers=bearer()).status_code == 200
    for path in ("/v1/model", "/metrics", "/openapi.json"):
        assert client.get(path, headers=bearer()).status_code == 200
    assert client.get("/v1/model", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("value", ["", "short"])
def test_the_token_is_never_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SIDECAR_TOKEN", value)
    monkeypatch.setenv("SIDECAR_PORT", "none")
    with pytest.raises(SystemExit) as ended:
        settings_from_environment()
    assert "SIDECAR_PORT" in str(ended.value) and "short" not in str(ended.value)
    assert ("SIDECAR_TOKEN" in str(ended.value)) == (value == "")
    monkeypatch.setenv("SIDECAR_PORT", "1")
    assert value == "" or "short" not in repr(settings_from_environment())


def test_tls_needs_both_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDECAR_CERTFILE", "cert.pem")
    with pytest.raises(SystemExit, match="SIDECAR_KEYFILE"):
        settings_from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-Priority", "urgent"), ("X-Priority", ""), *(("X-Deadline-Ms", v) for v in ("0", "-1", "1.5", "", "9999999"))],
)
def test_headers_that_do_not_fit_are_422_and_named(
    client: FlaskClient, body: dict[str, Any], name: str, value: str
) -> None:
    status, type_, reason = error_of(client.post("/v1/analyze", json=body, headers=bearer() | {name: value}))
    assert (status, type_) == (422, "invalid_request") and name in reason


def test_priority_and_deadline_that_fit(client: FlaskClient, body: dict[str, Any]) -> None:
    headers = bearer(X_Priority="search", X_Deadline_Ms="60000")
    assert client.post("/v1/analyze", json=body, headers=headers).status_code == 200


def test_past_its_deadline_nothing_is_decoded(client: FlaskClient, own: Analyzer, body: dict[str, Any]) -> None:
    with own.decoders.hold(10**6, Priority()):  # every decoder is taken
        response = client.post("/v1/analyze", json=body, headers=bearer(X_Deadline_Ms="50"))
    assert error_of(response)[:2] == (503, "deadline_exceeded") and response.headers["Retry-After"] == "1"
    assert number(own.metrics, "sidecar_decode_seconds_count") == 0
    assert number(own.metrics, "sidecar_images_in_flight") == number(own.metrics, "sidecar_bytes_in_flight") == 0


def test_full_is_503_with_retry_after(client: FlaskClient, own: Analyzer, body: dict[str, Any]) -> None:
    others = Reservation(own.admission, Priority())
    others.add(images=8)
    response = client.post("/v1/analyze", json=body, headers=bearer())
    assert error_of(response)[:2] == (503, "busy") and int(response.headers["Retry-After"]) >= 1
    others.release()
    assert client.post("/v1/analyze", json=body, headers=bearer()).status_code == 200


def test_a_body_that_is_too_much_for_the_room_is_not_read_to_its_end(analyzer: Analyzer) -> None:
    own = Analyzer(Settings(queue_max_bytes=400_000))
    own.serve(analyzer.serving.model, analyzer.serving.runtime)
    client = create_app(Settings(), own).test_client()
    others = Reservation(own.admission, Priority())
    others.add(size=100_000)
    source = io.BytesIO(b"x" * 10_000_000)
    response = client.post(
        "/v1/analyze", input_stream=source, content_type="application/json", headers={"Content-Length": "10000000"}
    )
    assert error_of(response)[:2] == (503, "busy")
    assert source.tell() < 300_000


@pytest.mark.parametrize("given", ["abc-123", "a" * 128, "trace:0/1=2+3@node_4.5"])
def test_the_clients_request_id_comes_back(client: FlaskClient, given: str) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", [None, "", "a" * 129, "has space", "<script>", "ünïcode", '"}'])
def test_else_a_new_one_is_made(client: FlaskClient, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    ids = {
        client.get(path, headers=headers).headers["X-Request-Id"] for path in ("/health/live", "/nowhere", "/metrics")
    }
    assert len(ids) == 3 and all(re.fullmatch("[0-9a-f]{32}", id_) for id_ in ids)


def test_metrics_count_what_happened(client: FlaskClient, own: Analyzer, body: dict[str, Any]) -> None:
    body["images"].append({"id": "2", "image": "%%%"})
    client.post("/v1/analyze", json=body, headers=bearer())
    client.post("/v1/analyze", json={}, headers=bearer())
    client.post("/v1/analyze", json=body)
    response = client.get("/metrics", headers=bearer())
    assert response.content_type.startswith("text/plain")
    metrics = own.metrics
    assert number(metrics, "sidecar_images_total", outcome="ok") == 1
    assert number(metrics, "sidecar_images_total", outcome="invalid_base64") == 1
    assert number(metrics, "sidecar_request_errors_total", type="invalid_request") == 1
    assert number(metrics, "sidecar_request_errors_total", type="unauthorized") == 1
    assert number(metrics, "sidecar_request_seconds_count") == 3
    assert number(metrics, "sidecar_decode_seconds_count") == 1
    for gauge in ("requests_in_flight", "images_in_flight", "bytes_in_flight"):
        assert number(metrics, f"sidecar_{gauge}") == 0
    assert number(metrics, "process_resident_memory_bytes") > 0


def test_the_batcher_counts_too(analyzer: Analyzer, shipped: Path) -> None:
    def counted(metrics: Metrics) -> list[float]:
        return [number(metrics, f"sidecar_{name}_count") for name in ("queue_wait_seconds", "inference_seconds")]

    waited, batches = counted(analyzer.metrics)
    analyzer.analyze([photo(shipped / "coffee.png")] * 3, Options(top_k=1))
    assert counted(analyzer.metrics)[0] == waited + 3
    assert batches < counted(analyzer.metrics)[1] <= batches + 3
    assert number(analyzer.metrics, "sidecar_queue_length") == 0


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What would go to stderr."""
    stream = io.StringIO()
    config = configuration()
    config["handlers"]["stderr"]["stream"] = stream
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logging.config.dictConfig(config)
    yield stream
    root.handlers[:], root.level = before


def test_log_lines_are_json_with_the_request_id_and_no_image(
    client: FlaskClient, log: io.StringIO, body: dict[str, Any], shipped: Path
) -> None:
    cut_off = base64.b64encode((shipped / "rocket.jpg").read_bytes()[:-2000]).decode()
    body["images"] += [{"id": "2", "image": cut_off}, {"id": "3", "image": "data:secret-looking"}]
    client.post("/v1/analyze", json=body, headers=bearer(X_Request_Id="ours"))
    client.post("/v1/analyze", data=json.dumps(body)[:-9], content_type="application/json", headers=bearer())
    client.post("/v1/analyze", json=body, headers=bearer("wrong"))
    client.get("/health/live")
    records = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [record["status"] for record in records] == [200, 400, 401]
    answered, broken, refused = records
    assert answered["request_id"] == "ours" and answered["path"] == "/v1/analyze" and answered["ms"] > 0
    assert (answered["images"], answered["failed"]) == (3, {"corrupt_image": 1, "invalid_base64": 1})
    assert broken["error"] == "invalid_json" and refused["error"] == "unauthorized"
    assert {"time", "level", "logger", "message"} <= set(answered)
    for image in body["images"]:
        assert image["image"][:16] not in log.getvalue()
    assert TOKEN not in log.getvalue() and "wrong" not in log.getvalue()


def test_a_line_after_a_request_has_none_of_its_id(client: FlaskClient, log: io.StringIO) -> None:
    """gunicorn's own, say, of a request that was none, on the thread of one before."""
    client.get("/v1/model", headers=bearer("wrong", X_Request_Id="ours"))
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=127.0.0.1")
    first, second = (json.loads(line) for line in log.getvalue().splitlines())
    assert first["request_id"] == "ours" and "request_id" not in second


def test_a_failing_engine_is_500_as_json_and_logged_without_the_image(
    client: FlaskClient, own: Analyzer, log: io.StringIO, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(type(own.serving.runtime), "predict", fails)
    response = client.post("/v1/analyze", json=body, headers=bearer(X_Request_Id="ours"))
    assert error_of(response)[:2] == (500, "internal_error")
    assert number(own.metrics, "sidecar_request_errors_total", type="internal_error") == 1
    records = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {record["request_id"] for record in records} == {"ours"}
    assert any("RuntimeError: out of order" in record.get("exc_info", "") for record in records)
    assert body["images"][0]["image"][:64] not in log.getvalue()
