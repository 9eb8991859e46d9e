"""From a manifest's classes to a vocabulary: names safe as fields, words kept, parents found."""

import unicodedata
from pathlib import Path

import pytest

from sidecar.errors import ModelError
from sidecar.models.folder.classes import vocabulary_of
from sidecar.models.folder.manifest import ManifestFile
from sidecar.synsets.index import synset_index
from sidecar.synsets.names import java_hash, safe_name, unique_names
from sidecar.synsets.vocabulary import Vocabulary

HEAD = "name: shop\nfile: model.onnx\nsize: 64\nresize: squash_bilinear\nscaling: unscaled\n"


def read(folder: Path, text: str) -> Vocabulary:
    (folder / "model.yaml").write_text(HEAD + text, "utf-8")
    return vocabulary_of(ManifestFile(folder / "model.yaml"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Katze", "Katze"),
        ("sports car", "sports_car"),
        ("  U.S. flag ", "U_S_flag"),
        ("_id", "id"),
        ("jack-o'-lantern", "jack-o_-lantern"),
        ("a*b:c\"d'e\\f/g", "a_b_c_d_e_f_g"),
        ("قطة", "قطة"),
        ("猫", "猫"),
        ("🐈‍⬛", "🐈_⬛"),
        ("a\u0000b\u200bc\u202ed\ud7ff", "a_b_c_d"),
        ("Cafe\u0301", "Café"),
        ("...", ""),
        ("x" * 300, "x" * 100),
        ("ü" * 300, "ü" * 50),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == unicodedata.normalize("NFC", name)


def test_namesakes_get_their_id_or_a_number() -> None:
    pairs = [("crane", "n02012849"), ("crane", "n03126707"), ("Crane", None), ("...", None), ("", "n1"), ("a.b", None)]
    assert unique_names([*pairs, ("a b", None)]) == [
        "crane_n02012849",
        "crane_n03126707",
        "Crane_2",
        "class_3",
        "class_4",
        "a_b_5",
        "a_b_6",
    ]


def test_a_name_that_was_made_is_not_given_twice() -> None:
    names = unique_names([("a_1", None), ("a", None), ("a", None), ("A_2", None)])
    assert len({name.casefold() for name in names}) == 4


def test_no_two_names_have_the_same_hash_in_java() -> None:
    assert java_hash("Aa") == java_hash("BB") == 2112
    assert java_hash("hello") == 99162322
    assert java_hash("polygenelubricants") == 0x80000000  # Integer.MIN_VALUE
    names = unique_names([(one, None) for one in ("AaAa", "BBBB", "AaBB", "BBAa")])
    assert len(set(map(java_hash, names))) == 4 and names[0] == "AaAa"


def test_everything_is_a_concept_and_keeps_its_words(tmp_path: Path) -> None:
    vocabulary = read(
        tmp_path,
        """\
classes:
  - {name: Büro.Stuhl, id: s1, words: [office chair, büro.stuhl, Drehstuhl], parents: [Möbel]}
  - {name: golden_retriever, parents: [Hund]}
concepts:
  - {name: Möbel, words: [furniture], parents: [Ding]}
  - {name: Ding}
  - {name: Hund, parents: [Ding]}
""",
    )
    assert vocabulary.as_json()["classes"] == [
        {
            "name": "Büro_Stuhl",
            "label": "Büro.Stuhl",
            "id": "s1",
            "words": ["Büro.Stuhl", "office chair", "Drehstuhl"],
            "concept": "Büro_Stuhl",
        },
        {
            "name": "golden_retriever",
            "label": "golden_retriever",
            "id": None,
            "words": ["golden retriever"],
            "concept": "golden_retriever",
        },
    ]
    assert {concept["name"]: concept["parents"] for concept in vocabulary.as_json()["concepts"]} == {
        "Büro_Stuhl": ["Möbel"],
        "golden_retriever": ["Hund"],
        "Möbel": ["Ding"],
        "Ding": [],
        "Hund": ["Ding"],
    }
    assert [one.wind for one in vocabulary.classes] == ["s1", "golden_retriever"]


def test_imagenets_classes_are_imagenets_vocabulary(tmp_path: Path) -> None:
    assert read(tmp_path, "classes: imagenet\n") is synset_index()


def test_two_models_may_share_a_vocabulary(tmp_path: Path) -> None:
    one = read(tmp_path, "classes: [a, b]\nvocabulary: abc\n")
    (tmp_path / "model.yaml").write_text(HEAD.replace("shop", "shop2") + "classes: [a, b]\nvocabulary: abc\n")
    assert vocabulary_of(ManifestFile(tmp_path / "model.yaml")).hash == one.hash


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("classes: [{name: a, parents: [Tierr]}]\nconcepts: [Tier]", 6, "received Tierr; did you mean Tier?"),
        ("classes:\n- a\n- {name: b, parents: [c]}", 8, "classes.2.parents.1: expected the name of a class"),
        ("classes: [a]\nconcepts:\n- b\n- b", 9, "concepts.2: expected each concept once; b is a concept already"),
        ("classes: [a]\nconcepts: [a]", 7, "expected each concept once; a is a class already"),
        ("classes: [{name: a, parents: [a]}]", 6, "these form a circle"),
        (
            "classes: [{name: a, parents: [b]}]\nconcepts:\n- {name: b, parents: [c]}\n- {name: c, parents: [b]}",
            6,
            "these form a circle",
        ),
        ("classes: [a, a, {name: b, parents: [a]}]", 6, "several are called a"),
        ("classes: [a]\nvocabulary: imagenet", 7, "expected another name"),
        ("classes: imagenet\nconcepts: [a]", 6, "no vocabulary and no concepts"),
    ],
)
def test_what_does_not_fit_is_reported_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(tmp_path, text)
    assert f"line {line}: " in caught.value.reason and message in caught.value.reason
