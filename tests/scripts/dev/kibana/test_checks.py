"""One fault put into one object is found, and the message names the object and the fault."""

from collections.abc import Callable
from typing import Any

import pytest

from scripts.dev.kibana.checks import problems
from scripts.dev.kibana.fields import index_fields, index_patterns
from scripts.dev.kibana.objects import build
from scripts.dev.kibana.texts import decode, encode

DASHBOARD, VIEW = "dashboard/image-synset", "index-pattern/image-synset"
SESSION, TREE, SYNSETS = "search/image-synset-photos", "lens/image-synset-tree", "lens/image-synset-top-synsets"

Attributes = dict[str, Any]
Change = Callable[[Attributes], object]


def found(objects: list[dict[str, Any]]) -> list[str]:
    return problems(objects, index_fields(), index_patterns())


def changed(name: str, change: Change, whole: bool = False) -> list[str]:
    """What the checks say after a change of one object's attributes, with JSON where Kibana has texts."""
    objects = build()
    at = [f"{object_['type']}/{object_['id']}" for object_ in objects].index(name)
    object_ = decode(objects[at])
    change(object_ if whole else object_["attributes"])
    objects[at] = encode(object_)
    return found(objects)


def columns(lens: Attributes) -> dict[str, Any]:
    layer: dict[str, Any] = lens["state"]["datasourceStates"]["formBased"]["layers"]["photos"]
    return layer["columns"]


def visualized(lens: Attributes) -> dict[str, Any]:
    layer: dict[str, Any] = lens["state"]["visualization"]["layers"][0]
    return layer


def test_the_objects_are_complete() -> None:
    assert found(build()) == []


@pytest.mark.parametrize(
    "name, change, expected",
    [
        (DASHBOARD, lambda a: a["panelsJSON"].pop(), "the reference photos:panel_photos is not used"),
        (DASHBOARD, lambda a: a["panelsJSON"][0].update(panelRefName="panel_no"), "panelRefName to be panel_status"),
        (DASHBOARD, lambda a: a["panelsJSON"][0].update(type="search"), "expected the type lens, found search"),
        (DASHBOARD, lambda a: a["panelsJSON"][0].update(type="visualization"), "panel status: a legacy visualization"),
        (DASHBOARD, lambda a: a["panelsJSON"][0]["gridData"].update(w=25), "panel status overlaps panel top-score"),
        (DASHBOARD, lambda a: a["panelsJSON"][1]["gridData"].update(x=30), "panel top-score: expected it inside 48"),
        (DASHBOARD, lambda a: a["panelsJSON"][2]["gridData"].update(i="1"), "panel over-time: expected gridData.i"),
        (DASHBOARD, lambda a: a["panelsJSON"].append(a["panelsJSON"][0]), "panel status: there are two of it"),
        (DASHBOARD, lambda a: a.update(sections=[]), "the attribute sections is of a newer Kibana"),
        (DASHBOARD, lambda a: a.pop("timeTo"), "timeRestore: expected timeFrom and timeTo"),
        (DASHBOARD, lambda a: a.pop("optionsJSON"), "expected the attributes optionsJSON"),
        (TREE, lambda a: a.update(visualizationType="lnsTagcloud"), "found lnsTagcloud"),
        (TREE, lambda a: columns(a).pop("synset"), "expected columnOrder to be its columns"),
        (TREE, lambda a: visualized(a)["primaryGroups"].append("genus"), "names the column genus"),
        (TREE, lambda a: visualized(a).update(layerId="others"), "expected layerId among ['photos'], found others"),
        (
            TREE,
            lambda a: columns(a)["kingdom"]["params"]["filters"][0]["input"].update(query="kingdom: animal"),
            "column kingdom: the field kingdom is not in the index template",
        ),
        (SYNSETS, lambda a: columns(a)["synset"].update(sourceField="class"), "the field class is not in the index"),
        (SYNSETS, lambda a: columns(a)["synset"].update(sourceField="thumbnail"), "thumbnail has no doc values"),
        (SYNSETS, lambda a: columns(a)["synset"]["params"]["orderBy"].update(columnId="n"), "orderBy to name a column"),
        (SYNSETS, lambda a: a["state"]["query"].update(query='state: "a: b"'), "query: the field state is not in"),
        (SYNSETS, lambda a: a["state"]["datasourceStates"]["formBased"]["layers"].clear(), "layer-photos is not used"),
        (SESSION, lambda a: a["columns"].append("score"), "columns: the field score is not in the index template"),
        (SESSION, lambda a: a["sort"].append(["thumbnail", "asc"]), "sort: the field thumbnail has no doc values"),
        (
            SESSION,
            lambda a: a["kibanaSavedObjectMeta"]["searchSourceJSON"].update(indexRefName="view"),
            "expected a reference view, which it uses",
        ),
        (VIEW, lambda a: a.update(title="photos*"), "title: expected one of the index template's patterns"),
        (VIEW, lambda a: a.update(timeFieldName="filename"), "timeFieldName: expected a date field, found filename"),
        (VIEW, lambda a: a["fieldFormatMap"].update(picture={}), "fieldFormatMap: the field picture is not in"),
        (VIEW, lambda a: a["sourceFilters"].append({"value": "vector*"}), "no field is like vector*"),
        (
            VIEW,
            lambda a: a["runtimeFieldMap"]["megapixels"]["script"].update(source="emit(doc['pixels'].value)"),
            "runtime field megapixels: the field pixels is not in the index template",
        ),
    ],
)
def test_a_fault_in_attributes_is_named(name: str, change: Change, expected: str) -> None:
    faults = changed(name, change)
    assert any(fault.startswith(f"{name}: ") and expected in fault for fault in faults), faults


@pytest.mark.parametrize(
    "name, change, expected",
    [
        (TREE, lambda o: o["references"][0].update(id="photos"), "index-pattern/photos, which is not here"),
        (TREE, lambda o: o["references"].clear(), "expected a reference indexpattern-datasource-layer-photos"),
        (TREE, lambda o: o["references"].append(o["references"][0]), "two references have the same name"),
        (TREE, lambda o: o.update(typeMigrationVersion="10.1.0"), "expected at most 8.9.0, found 10.1.0"),
        (TREE, lambda o: o.update(coreMigrationVersion="9.0.0"), "coreMigrationVersion: expected at most 8.8.0"),
        (TREE, lambda o: o.update(typeMigrationVersion="new"), "expected at most 8.9.0, found new"),
        (TREE, lambda o: o.pop("managed"), "expected the keys"),
        (TREE, lambda o: o.update(updated_at="2026-01-01T00:00:00Z"), "found attributes, coreMigrationVersion"),
    ],
)
def test_a_fault_around_the_attributes_is_named(name: str, change: Change, expected: str) -> None:
    faults = changed(name, change, whole=True)
    assert any(fault.startswith(f"{name}: ") and expected in fault for fault in faults), faults


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"type": "visualization"}, "visualization/image-synset-bytes: a legacy visualization"),
        ({"type": "map"}, "map/image-synset-bytes: expected the type to be one of"),
        ({"id": "536c52e4"}, "lens/536c52e4: expected an id of lower-case words"),
        ({"id": "image-synset-tree"}, "lens/image-synset-tree: there are two of it"),
    ],
)
def test_another_name_is_named(change: dict[str, str], expected: str) -> None:
    objects = build()
    next(object_ for object_ in objects if object_["id"] == "image-synset-bytes").update(change)
    assert any(fault.startswith(expected) for fault in found(objects)), found(objects)


@pytest.mark.parametrize("text", ["[{", None, 7])
def test_bad_json_in_a_text_is_named(text: object) -> None:
    objects = build()
    next(object_ for object_ in objects if object_["type"] == "dashboard")["attributes"]["panelsJSON"] = text
    (fault,) = found(objects)
    assert fault.startswith(f"{DASHBOARD}: panelsJSON: expected JSON in a text")


def test_an_object_left_out_is_named_by_those_that_need_it() -> None:
    faults = found([object_ for object_ in build() if object_["type"] != "index-pattern"])
    assert len([fault for fault in faults if "index-pattern/image-synset, which is not here" in fault]) == 10
