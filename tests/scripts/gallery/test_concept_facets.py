"""Kinds of things: WordNet's concepts over the photos' best synsets, by names that people use."""

from scripts.gallery.concept_facets import concepts_of, things
from scripts.shared.vocabularies import Vocabulary


def test_photos_are_counted_under_concepts() -> None:
    # pairs of classes known from ImageNet's hierarchy: two cats, two dogs, two cars
    photos = {"tabby": 3, "Siamese_cat": 2, "beagle": 4, "Border_collie": 1, "sports_car": 6, "convertible": 1}
    counted = dict(things(photos))
    assert counted["cat"] == 5 and counted["dog"] == 5 and counted["animal"] == 10
    # the class alone is a facet of its own
    assert "tabby" not in counted and "sports_car" not in counted
    # all of them: no choice
    assert "entity" not in counted and "physical_entity" not in counted
    # over the same photos as `animal` and `cat`, with longer names
    assert "living_thing" not in counted and "vertebrate" not in counted and "domestic_cat" not in counted


def test_nothing_is_counted_of_nothing() -> None:
    assert things({}) == []
    assert things({"a synset of another model": 3}) == []


def test_concepts_of_another_vocabulary_part_its_photos() -> None:
    parents = {"ware": [], "seat": ["ware"], "chair": ["seat"], "bench": ["seat"], "table": ["ware"], "lamp": ["ware"]}
    concepts = [{"name": name, "parents": above} for name, above in parents.items()]
    classes = [{"name": name, "concept": name} for name in ("chair", "bench", "table", "lamp")]
    vocabulary = Vocabulary({"name": "shop", "classes": classes, "concepts": concepts})
    # all are ware, which is not a choice; a chair alone is a facet of its own
    assert things({"chair": 3, "bench": 2, "table": 4}, concepts_of(vocabulary)) == [("seat", 5)]
