"""What `setup` makes of the shipped templates for lean mappings and for further photos in a document."""

import json
from typing import Any

import pytest

from scripts.shared.assets import ES_CONFIG, assets
from scripts.shared.assets.layout import Layout, lean_template
from scripts.shared.errors import CliError
from scripts.shared.vocabularies import java_hash_code


def shipped(id_: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((ES_CONFIG / "component_templates" / f"{id_}.json").read_text("utf-8"))
    return body


COMPONENT, FEATURES = shipped("image-synset"), shipped("image-synset-features")


def properties(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["template"]["mappings"]["properties"]
    return found


def test_the_shipped_layout_changes_nothing() -> None:
    assert Layout().component_template(COMPONENT, FEATURES) is COMPONENT
    assert [(asset.id, asset.body) for asset in assets(Layout())] == [(asset.id, asset.body) for asset in assets()]


def test_lean_has_every_field_but_those_of_each_class() -> None:
    lean = properties(Layout(lean=True).component_template(COMPONENT, FEATURES))
    assert lean.keys() == properties(COMPONENT).keys() | {"synset_scores", "features"}
    assert lean["synset"] == {"type": "object", "enabled": False}
    assert "meta" not in lean["synset_names"]
    pipelines = [asset.body for asset in assets(Layout(lean=True)) if asset.folder == "ingest_pipelines"]
    assert [body["processors"][0]["image_synset"]["packed_scores"] for body in pipelines] == [True] * 3


def test_targets_are_lean_below_their_path() -> None:
    layout = Layout().with_options(None, ("front", "photos.back=shop", "photos.side"))
    mapped = properties(layout.component_template(COMPONENT, FEATURES))
    assert mapped["synset"] == properties(COMPONENT)["synset"]
    lean = properties(lean_template(COMPONENT, FEATURES, "shop"))
    ours = {name: mapping for name, mapping in lean.items() if name not in ("image", "filename")}
    assert mapped["photos"]["properties"]["back"]["properties"] == ours
    assert ours["synset_names"]["meta"] == {"vocabulary": "shop"}
    assert "meta" not in mapped["front"]["properties"]["synset_names"]
    assert mapped["photos"]["properties"].keys() == {"back", "side"}


def test_arrays_are_nested_and_lean() -> None:
    layout = Layout().with_options(None, ("front",), ("album.photos=shop",))
    mapped = properties(layout.component_template(COMPONENT, FEATURES))
    photos = mapped["album"]["properties"]["photos"]
    assert photos["type"] == "nested" and photos["properties"]["synset_names"]["meta"] == {"vocabulary": "shop"}
    assert "type" not in mapped["front"] and "type" not in mapped["album"]
    assert layout.with_options(None, ("album.photos",)) == Layout(
        targets={"front": "imagenet", "album.photos": "imagenet"}
    )
    assert layout.with_options(None, (), ("front",)) == Layout(nested={"album.photos": "shop", "front": "imagenet"})
    with pytest.raises(CliError, match="Expected a in --target or in --nested, found it in both"):
        Layout().with_options(None, ("a",), ("a",))


def test_what_is_not_said_stays() -> None:
    layout = Layout(lean=True, targets={"front": "imagenet"})
    assert layout.with_options(None, ()) == layout
    assert layout.with_options(False, ("back",)) == Layout(targets={"front": "imagenet", "back": "imagenet"})


@pytest.mark.parametrize("target", ["", ".", "a..b", " .a", "_source", "a._b", "front=Shop", "front=a b", "front=.."])
def test_names_that_can_not_be_a_field_or_vocabulary(target: str) -> None:
    with pytest.raises(CliError, match="Expected"):
        Layout().with_options(None, (target,))


@pytest.mark.parametrize(
    # by jshell
    ("text", "code"),
    [
        ("", 0),
        ("tabby", 110115500),
        ("tiger_cat", -976476074),
        ("Aa", 2112),
        ("BB", 2112),
        ("Möbel", 78537120),
        ("😀", 1772899),
    ],
)
def test_hash_codes_are_those_of_java(text: str, code: int) -> None:
    assert java_hash_code(text) == code
