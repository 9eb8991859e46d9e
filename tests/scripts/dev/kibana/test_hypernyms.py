"""Filters by hypernym against WordNet's chains, which synsets.json has."""

import json
import re

import pytest

from scripts.dev.kibana.hypernyms import kql_filters
from scripts.dev.kibana.named_fields import kql_fields
from scripts.dev.kibana.objects import SOURCES
from sidecar.synsets.index import synset_index
from tests.conftest import ROOT

DATA = json.loads((ROOT / "sidecar" / "synsets" / "synsets.json").read_text("utf-8"))
HYPERNYMS = {concept["key"]: concept["hypernyms"] for concept in DATA["concepts"]}


def above(concept: str) -> set[str]:
    return {concept}.union(*(above(hypernym) for hypernym in HYPERNYMS[concept]))


def names(query: str) -> set[str]:
    return set(re.findall(r'"([^"]+)"', query))


def test_a_filter_has_all_classes_under_its_hypernym_and_no_others() -> None:
    (query,) = kql_filters(synset_index(), [["dog"]])
    assert names(query) == {row["name"] for row in DATA["classes"] if "dog" in above(row["concept"])}
    assert len(names(query)) == 118 and kql_fields(query) == ["top_synset"]


def test_the_first_of_two_that_overlap_has_the_class() -> None:
    vehicles, containers = kql_filters(synset_index(), [["vehicle"], ["container"]])
    assert "barrow" in names(vehicles) and "barrow" not in names(containers)
    assert "barrow" in names(kql_filters(synset_index(), [["container"]])[0])


@pytest.mark.parametrize(
    "groups, expected", [([["dragon"]], "found dragon"), ([["animal"], ["dog"]], "under dog, found none")]
)
def test_a_filter_of_nothing_is_refused(groups: list[list[str]], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        kql_filters(synset_index(), groups)


@pytest.mark.parametrize("column", ["kingdom", "family"])
def test_every_class_is_in_the_tree_once(column: str) -> None:
    source = json.loads((SOURCES / "lens" / "image-synset-tree.json").read_text("utf-8"))
    layer = source["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]["photos"]
    groups = [filter_["input"]["query"]["under"] for filter_ in layer["columns"][column]["params"]["filters"]]
    found = [name for query in kql_filters(synset_index(), groups) for name in names(query)]
    assert sorted(found) == sorted(row["name"] for row in DATA["classes"])
