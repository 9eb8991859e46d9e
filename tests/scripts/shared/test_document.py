"""Documents are read into types, whatever others have written into them."""

from typing import Any

import pytest

from scripts.shared.document import Analysis, Document, put_at, value_at

MODEL = {"name": "lite0", "version": "1", "weights_sha256": "0"}


def test_a_whole_document() -> None:
    document = Document.read(
        {
            "filename": "cat.jpg",
            "thumbnail": "/9j/",
            "top_synset": "tabby",
            "top_score": 0.5,
            "synset": {
                "lynx": {"score": 0.25},
                "tabby": {"wind": "n1", "words": "tabby", "score": 0.5},
                "cat": {"score": 0.25},
            },
            "features": [0.5, 1.0],
            "image_analysis": {
                "status": "ok",
                "model": MODEL,
                "features": 2,
                "schema_version": 3,
                "image": {"sha256": "ab", "width": 3, "height": 4},
            },
        }
    )
    assert (document.filename, document.thumbnail, document.features) == ("cat.jpg", "/9j/", [0.5, 1.0])
    assert (document.top_synset, document.top_score) == ("tabby", 0.5)
    assert document.best_first == [("tabby", 0.5), ("cat", 0.25), ("lynx", 0.25)]
    analysis = document.analysis
    assert analysis.schema_version == 3
    assert analysis.ok and analysis.model == MODEL and analysis.has_features and analysis.sha256 == "ab"


def test_an_error() -> None:
    found = {"status": "failed", "error": {"type": "not_an_image", "reason": "text"}}
    assert Document.read({"image_analysis": found}).analysis == Analysis("failed", "not_an_image", "text")


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"image_analysis": None, "synset": None},
        {"image_analysis": [], "synset": [1], "filename": 7, "top_score": "much"},
        {
            "image_analysis": {"status": 1, "error": "text", "model": [], "image": 3},
            "synset": {"a": 1, "b": {"score": "c"}},
        },
    ],
)
def test_what_is_of_another_kind_is_as_absent(source: dict[str, Any]) -> None:
    assert Document.read(source) == Document(Analysis())


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (Analysis(), True),
        (Analysis("pending", schema_version=3), True),
        (Analysis(model=MODEL), True),
        (Analysis(model=MODEL, schema_version=2), True),
        (Analysis(model=MODEL, schema_version=3), False),
        (Analysis(model={**MODEL, "version": "2"}), False),
    ],
)
def test_what_is_not_known_now_is_not_compared(now: Analysis, same: bool) -> None:
    assert Analysis("ok", model=MODEL, schema_version=2).made_as(now) is same


def test_paths() -> None:
    source: dict[str, Any] = {"a": {"b": 1}}
    assert (value_at(source, "a.b"), value_at(source, "a.b.c"), value_at(source, "x.y")) == (1, None, None)
    put_at(source, "a.c.d", 2)
    put_at(source, "e", 3)
    assert source == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}
