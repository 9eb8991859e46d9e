"""The file that Kibana imports is made from its sources, and a difference is found."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts.dev.kibana.objects import SOURCES, BadSource, build, ndjson, write
from scripts.shared.assets import KIBANA_OBJECTS


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCES, tmp_path / "kibana"))


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_the_committed_file_is_fresh() -> None:
    assert KIBANA_OBJECTS.read_text("utf-8") == ndjson(build())


def test_each_line_is_an_object_with_texts_where_kibana_has_them() -> None:
    objects = [json.loads(line) for line in KIBANA_OBJECTS.read_text("utf-8").splitlines()]
    assert len(objects) == len(list(SOURCES.glob("*/*.json")))
    view = next(object_ for object_ in objects if object_["type"] == "index-pattern")
    formats = json.loads(view["attributes"]["fieldFormatMap"])
    assert formats["thumbnail"]["params"]["urlTemplate"] == "data:image/jpeg;base64,{{rawValue}}"
    lens = next(object_ for object_ in objects if object_["type"] == "lens")
    assert isinstance(lens["attributes"]["state"], dict)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"id": "image-synset-wood"}, "lens/image-synset-tree.json: expected its folder and name as type and id"),
        ({"type": "map"}, "found map/image-synset-tree"),
        (
            {"attributes": {"filters": [{"input": {"query": {"under": ["dragon"]}}}]}},
            "lens/image-synset-tree.json: expected concepts of synsets.json, found dragon",
        ),
    ],
)
def test_a_bad_source_is_named(sources: Path, changes: dict[str, Any], expected: str) -> None:
    edit(sources / "lens" / "image-synset-tree.json", **changes)
    with pytest.raises(BadSource, match=expected):
        build(sources)


def test_a_source_that_is_not_json_is_named(sources: Path) -> None:
    (sources / "lens" / "image-synset-tree.json").write_text("{", "utf-8")
    with pytest.raises(BadSource, match="lens/image-synset-tree.json: expected JSON"):
        build(sources)


def test_check_finds_a_source_changed_later(sources: Path) -> None:
    assert write(sources, check=True) is None
    source = sources / "lens" / "image-synset-bytes.json"
    source.write_text(source.read_text("utf-8").replace("File sizes", "Bytes"), "utf-8")
    assert "run python -m scripts.dev.kibana.objects" in (write(sources, check=True) or "")
    assert write(sources, check=False) is None and write(sources, check=True) is None


def test_a_fault_is_not_written(sources: Path) -> None:
    source = sources / "lens" / "image-synset-bytes.json"
    source.write_text(source.read_text("utf-8").replace('"image_analysis.image.format"', '"format"'), "utf-8")
    assert write(sources, check=False) == (
        "lens/image-synset-bytes: column format: the field format is not in the index template"
    )
    assert (sources / KIBANA_OBJECTS.name).read_bytes() == KIBANA_OBJECTS.read_bytes()
