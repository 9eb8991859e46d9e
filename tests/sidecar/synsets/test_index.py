"""The class index and the concepts, against Keras's order, WordNet's facts and a brute-force sum."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from sidecar.synsets import make as make_synsets
from sidecar.synsets.index import read_synsets, synset_index
from sidecar.synsets.vocabulary import Concept, SynsetClass, Vocabulary


@pytest.fixture(scope="module")
def data() -> dict[str, list[dict[str, object]]]:
    loaded: dict[str, list[dict[str, object]]] = json.loads(make_synsets.TARGET.read_text("utf-8"))
    return loaded


def test_classes_are_in_sorted_wnid_order_with_unique_names() -> None:
    classes = synset_index().classes
    assert len(classes) == 1000
    assert [synset.id for synset in classes] == sorted(synset.id for synset in classes)
    assert len({synset.name for synset in classes}) == 1000


def test_names_are_those_of_labeled_photos(test_data: Path) -> None:
    # the files are named <wnid>_<label> by somebody else
    names = {synset.id: synset.label for synset in synset_index().classes}
    labels = dict(path.stem.split("_", 1) for path in (test_data / "imagenet_dev").glob("*.JPEG"))
    assert len(labels) == 500
    assert {wnid: names[wnid].lower() for wnid in labels} == {wnid: label.lower() for wnid, label in labels.items()}


@pytest.mark.parametrize(
    ("wnid", "name", "words"),
    [
        ("n02012849", "crane_n02012849", "crane"),
        ("n03126707", "crane_n03126707", "crane"),
        ("n03710637", "maillot_n03710637", "maillot"),
        ("n03710721", "maillot_n03710721", "maillot"),
        ("n02113186", "Cardigan", "Cardigan"),
        ("n02963159", "cardigan", "cardigan"),
        ("n03590841", "jack-o'-lantern", "jack-o'-lantern"),
    ],
)
def test_awkward_names(wnid: str, name: str, words: str) -> None:
    synset = next(synset for synset in synset_index().classes if synset.id == wnid)
    assert (synset.name, synset.label) == (name, words)


def test_concept_keys_are_unique_ignoring_case(data: dict[str, list[dict[str, object]]]) -> None:
    keys = [str(row["key"]).lower() for row in data["concepts"]]
    assert len(set(keys)) == len(keys) == 1860
    assert "cat" in keys and "car" not in keys  # "car" has three meanings here


def test_masses_equal_a_brute_force_walk_over_wordnet(data: dict[str, list[dict[str, object]]]) -> None:
    probabilities = np.random.default_rng(7).dirichlet(np.full(1000, 0.02)).astype(np.float32)
    rows = {str(row["key"]): row for row in data["concepts"]}

    def above(key: str) -> set[str]:
        hypernyms = rows[key]["hypernyms"]
        assert isinstance(hypernyms, list)
        return {key}.union(*(above(hypernym) for hypernym in hypernyms))

    expected: dict[str, float] = {}
    for row, probability in zip(data["classes"], probabilities, strict=True):
        for key in above(str(row["concept"])):
            expected[key] = expected.get(key, 0.0) + float(probability)

    masses = synset_index().concept_masses(probabilities, 0.0)
    assert masses == pytest.approx(expected, abs=1e-6)
    assert list(masses.values()) == sorted(masses.values(), reverse=True)


def test_dog_has_118_breeds() -> None:
    index = synset_index()
    one_hot = np.eye(1000, dtype=np.float32)
    assert sum("dog" in index.concept_masses(row, 0.5) for row in one_hot) == 118


def test_top_is_best_first_and_ties_keep_class_order() -> None:
    probabilities = np.zeros(1000, np.float32)
    probabilities[[5, 3]] = 0.25
    probabilities[900] = 0.5
    classes = synset_index().classes
    assert synset_index().top(probabilities, 3) == [(classes[900], 0.5), (classes[3], 0.25), (classes[5], 0.25)]


def test_reader_of_wordnet_takes_lemmas_and_instance_hypernyms(tmp_path: Path) -> None:
    data_noun = tmp_path / "data.noun"
    data_noun.write_text(
        "  1 a license line\n"
        "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 003 @ 02083346 n 0000 @i 01317541 n 0000 "
        "~ 01322604 n 0000 | a member of the genus Canis\n"
    )
    assert make_synsets.read_wordnet(data_noun) == {
        "n02084071": make_synsets.Synset(["dog", "domestic_dog", "Canis_familiaris"], ["n02083346", "n01317541"])
    }


def test_generated_file_is_up_to_date() -> None:
    data_noun = Path("/usr/share/wordnet/data.noun")
    if not data_noun.is_file():
        pytest.skip(f"needs WordNet's {data_noun} (Debian: wordnet-base)")
    assert make_synsets.make(data_noun) == make_synsets.TARGET.read_text("utf-8")


def test_index_is_read_from_any_file(tmp_path: Path) -> None:
    small = {
        "classes": [{"wnid": "n1", "name": "a", "words": "a", "concept": "a"}],
        "concepts": [
            {"key": "a", "wnid": "n1", "lemmas": ["a"], "hypernyms": ["b", "c"]},
            {"key": "b", "wnid": "n2", "lemmas": ["b"], "hypernyms": ["d"]},
            {"key": "c", "wnid": "n3", "lemmas": ["c"], "hypernyms": ["d"]},
            {"key": "d", "wnid": "n4", "lemmas": ["d"], "hypernyms": []},
        ],
    }
    path = tmp_path / "synsets.json"
    path.write_text(json.dumps(small))
    # by two ways up to d, and yet counted once
    assert read_synsets(path).concept_masses(np.array([0.5], np.float32), 0.01) == dict.fromkeys("abcd", 0.5)


def pets() -> Vocabulary:
    classes = [SynsetClass(name, name, None, (name,), name) for name in ("cat", "dog", "rose")]
    concepts = [
        Concept(name, None, parents, (name,))
        for name, parents in (
            ("cat", ("pet",)),
            ("dog", ("pet",)),
            ("rose", ("plant",)),
            ("pet", ()),
            ("plant", ()),
            ("stone", ()),
        )
    ]
    return Vocabulary("pets", classes, concepts)


def test_concepts_of_independent_classes_are_their_most_probable_class() -> None:
    scores = np.array([0.75, 0.5, 0.125], np.float32)
    expected = {"cat": 0.75, "pet": 0.75, "dog": 0.5, "rose": 0.125, "plant": 0.125}
    assert pets().concept_masses(scores, 0.01, multi_label=True) == expected
    # of classes that exclude each other they add up
    assert pets().concept_masses(np.array([0.5, 0.25, 0.25], np.float32), 0.01)["pet"] == 0.75


def test_hash_is_of_the_content_written_in_one_way_only() -> None:
    answer = json.loads(json.dumps(pets().as_json()))
    hash_ = answer.pop("hash")
    canonical = json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hash_ == hashlib.sha256(canonical.encode()).hexdigest() == pets().hash
    turned = Vocabulary("pets", pets().classes[::-1], [Concept("cat", None, (), ()), *map(_alone, ("dog", "rose"))])
    assert turned.hash != hash_


def _alone(name: str) -> Concept:
    return Concept(name, None, (), ())


def test_imagenet_is_a_vocabulary(data: dict[str, list[dict[str, object]]]) -> None:
    answer = synset_index().as_json()
    assert answer["name"] == "imagenet"
    assert [row["name"] for row in answer["classes"]] == [row["name"] for row in data["classes"]]
    tabby = next(row for row in answer["classes"] if row["name"] == "tabby")
    assert tabby == {
        "name": "tabby",
        "label": "tabby",
        "id": "n02123045",
        "words": ["tabby", "tabby cat"],
        "concept": "tabby",
    }
