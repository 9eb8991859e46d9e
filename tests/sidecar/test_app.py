"""The HTTP API, with the real model behind it."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from sidecar.analyzer import Analyzer
from sidecar.app import create_app
from sidecar.runtimes.batcher import Batcher
from sidecar.settings import Settings, settings_from_environment
from sidecar.synsets.index import synset_index
from tests.support.answers import error_of, photo


@pytest.fixture(scope="module")
def client(analyzer: Analyzer) -> FlaskClient:
    # the loaded model, shared with the other tests
    settings = Settings(model="efficientnet_lite0", max_images=4, max_request_bytes=3_000_000)
    return create_app(settings, analyzer).test_client()


def test_analyze_keeps_order_and_ids_and_reports_bad_images_in_their_place(client: FlaskClient, shipped: Path) -> None:
    images = [
        {"id": "rocket", "image": photo(shipped / "rocket.jpg")},
        {"id": "bad", "image": "%%%"},
        {"id": "cat", "image": f"data:image/png;base64,{photo(shipped / 'chelsea.png')}"},
    ]
    response = client.post("/v1/analyze", json={"images": images, "top_k": 3, "thumbnail": 32})
    assert response.status_code == 200
    assert response.json["model"]["name"] == "efficientnet_lite0"
    rocket, bad, cat = response.json["results"]
    assert [rocket["id"], bad["id"], cat["id"]] == ["rocket", "bad", "cat"]
    assert rocket["synsets"][0]["name"] == "missile"
    assert set(bad) == {"id", "error"} and bad["error"]["type"] == "invalid_base64"
    assert {synset["words"] for synset in cat["synsets"]} == {"tabby", "tiger_cat", "Egyptian_cat"}
    assert cat["concepts"]["cat"] > 0.9
    assert list(cat["concepts"].values()) == sorted(cat["concepts"].values(), reverse=True)
    assert set(cat) == {"id", "synsets", "concepts", "image", "thumbnail"}
    assert cat["image"]["format"] == "png" and cat["image"]["width"] == 451


def test_thumbnail_only_on_request(client: FlaskClient, shipped: Path) -> None:
    response = client.post("/v1/analyze", json={"images": [{"id": "1", "image": photo(shipped / "moon.png")}]})
    assert "thumbnail" not in response.json["results"][0]
    assert len(response.json["results"][0]["synsets"]) == 10


def test_features_only_on_request(client: FlaskClient, shipped: Path) -> None:
    images = [{"id": "1", "image": photo(shipped / "moon.png")}, {"id": "bad", "image": "%%%"}]
    for asked in ({}, {"features": False}):
        assert "features" not in client.post("/v1/analyze", json={"images": images, **asked}).json["results"][0]
    moon, bad = client.post("/v1/analyze", json={"images": images, "features": True}).json["results"]
    assert len(moon["features"]) == client.get("/v1/model").json["features"]
    assert set(bad) == {"id", "error"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": "x"}, "images"),
        ({"images": [{"id": "1"}]}, "images.0.image"),
        ({"images": [{"id": "1", "image": 7}]}, "images.0.image"),
        ({"images": [{"id": "", "image": "x"}]}, "images.0.id"),
        ({"images": [{"id": "1", "image": "x"}], "top_k": 0}, "top_k"),
        ({"images": [{"id": "1", "image": "x"}], "top_k": 1001}, "top_k"),
        ({"images": [{"id": "1", "image": "x"}], "top_k": "10"}, "top_k"),
        ({"images": [{"id": "1", "image": "x"}], "thumbnail": 15}, "thumbnail"),
        ({"images": [{"id": "1", "image": "x"}], "features": 1280}, "features"),
        ({"images": [{"id": "1", "image": "x"}], "url": "http://elsewhere"}, "url"),
        ({"images": [{"id": "1", "image": "x"}] * 5}, "SIDECAR_MAX_IMAGES"),
        ([], "json"),
    ],
)
def test_what_does_not_fit_the_schema_is_422_and_named(client: FlaskClient, body: object, named: str) -> None:
    status, _, reason = error_of(client.post("/v1/analyze", json=body))
    assert status == 422 and named in reason


def test_other_refusals(client: FlaskClient) -> None:
    assert error_of(client.post("/v1/analyze", data="{", content_type="application/json"))[:2] == (400, "invalid_json")
    for text in ("[" * 200_000, '{"images":' * 100_000):
        deep = client.post("/v1/analyze", data=text, content_type="application/json")
        assert error_of(deep)[:2] == (400, "invalid_json")
    assert error_of(client.post("/v1/analyze", data={"a": "b"}))[:2] == (415, "unsupported_media_type")
    status, type_, reason = error_of(client.post("/v1/analyze", data=b"x" * 3_000_001, content_type="application/json"))
    assert (status, type_) == (413, "request_too_large") and "SIDECAR_MAX_REQUEST_BYTES" in reason
    assert error_of(client.get("/nowhere"))[0] == 404
    assert error_of(client.get("/v1/analyze"))[0] == 405


def test_not_ready_before_the_model_is_loaded() -> None:
    client = create_app(Settings(model="efficientnet_lite0")).test_client()
    assert client.get("/health/live").status_code == 200
    analyze = client.post("/v1/analyze", json={"images": [{"id": "1", "image": "x"}]})
    for response in (*map(client.get, ("/health/ready", "/v1/model", "/v1/vocabulary")), analyze):
        assert error_of(response)[:2] == (503, "not_ready")
        assert response.headers["Retry-After"] == "1"


def test_not_ready_any_more_when_the_models_thread_has_ended(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health/ready").status_code == 200
    monkeypatch.setattr(Batcher, "alive", False)
    assert error_of(client.get("/health/ready"))[:2] == (503, "not_ready")


def test_ready_and_model(client: FlaskClient) -> None:
    assert client.get("/health/ready").json == {"status": "ready"}
    model = client.get("/v1/model").json
    assert model.pop("weights_sha256").startswith("57934424")
    assert model == {
        "name": "efficientnet_lite0",
        "version": "1-f32",
        "runtime": "openvino",
        "input_size": 224,
        "vocabulary": synset_index().stamp,
        "classes": 1000,
        "multi_label": False,
        "features": 1280,
        "limits": {
            "max_images": 4,
            "max_request_bytes": 3_000_000,
            "max_image_bytes": 20 * 2**20,
            "max_pixels": 40_000_000,
            "max_photo_pixels": 200_000_000,
            "max_top_k": 1000,
        },
    }


def test_vocabulary_is_that_of_the_answers(client: FlaskClient, shipped: Path) -> None:
    vocabulary = client.get("/v1/vocabulary").json
    assert vocabulary == json.loads(json.dumps(synset_index().as_json()))
    request = {"images": [{"id": "1", "image": photo(shipped / "moon.png")}], "top_k": 1000}
    answer = client.post("/v1/analyze", json=request).json
    stamp = {"name": vocabulary["name"], "hash": vocabulary["hash"]}
    assert answer["model"]["vocabulary"] == client.get("/v1/model").json["vocabulary"] == stamp
    assert {row["name"] for row in answer["results"][0]["synsets"]} == {row["name"] for row in vocabulary["classes"]}
    assert answer["results"][0]["concepts"].keys() <= {row["name"] for row in vocabulary["concepts"]}


@pytest.mark.parametrize(
    "more",
    [
        {"A" * 1_000_000: 1},
        {"top_k": "A" * 1_000_000},
        {"images": [{"id": "1", "image": "x", "A" * 1_000_000: 1}]},
        {"images": [{"id": "A" * 1_000_000, "image": "x"}]},
        {"images": "A" * 1_000_000},
    ],
)
def test_what_was_sent_is_reported_briefly(client: FlaskClient, more: dict[str, object]) -> None:
    response = client.post("/v1/analyze", json={"images": [{"id": "1", "image": "x"}], **more})
    assert error_of(response)[0] == 422 and len(response.data) < 400
    response = client.post("/v1/analyze", data=b"x", content_type="A" * 8000)
    assert error_of(response)[0] == 415 and len(response.data) < 400


_HEALTH = ("/health/live", "/health/ready")


def test_openapi_describes_every_route(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]
    assert set(paths) == {"/v1/analyze", "/v1/model", "/v1/vocabulary", *_HEALTH, "/metrics"}
    assert set(paths["/v1/analyze"]["post"]["responses"]) == {"200", "400", "403", "408", "413", "415", "422", "503"}


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDECAR_MAX_PIXELS", "123")
    assert Settings().max_pixels == 123
    assert Settings().host == "127.0.0.1"
    monkeypatch.setenv("SIDECAR_MAX_PIXELS", "many")
    with pytest.raises(SystemExit, match="SIDECAR_MAX_PIXELS: .*valid integer.*; received 'many'"):
        settings_from_environment()


def test_whole_numbers_are_integers_as_in_json_schema_and_null_is_as_absent(client: FlaskClient, shipped: Path) -> None:
    images = [{"id": "1", "image": photo(shipped / "moon.png")}]
    response = client.post("/v1/analyze", json={"images": images, "top_k": 3.0, "thumbnail": None})
    assert len(response.json["results"][0]["synsets"]) == 3
    assert error_of(client.post("/v1/analyze", json={"images": images, "top_k": 3.5}))[0] == 422


def test_a_setting_that_was_renamed_names_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDECAR_DECODING_PIXELS", "123")
    with pytest.raises(SystemExit, match="SIDECAR_DECODING_PIXELS: expected SIDECAR_DECODING_BYTES.*received '123'"):
        settings_from_environment()
