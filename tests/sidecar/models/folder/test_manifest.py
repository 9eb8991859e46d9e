"""model.yaml: what is wrong in it is reported with its line, its key, what was expected and what was received."""

from pathlib import Path

import pytest

from sidecar.errors import ModelError
from sidecar.models.folder.manifest import Manifest, ManifestFile

WHOLE = """\
name: animals
file: model.onnx
size: 64
resize: squash_bilinear
scaling: unscaled
classes:
  - Katze
  - name: Hund
    words: [Köter, dog]
    parents: [Tier]
concepts:
  - Tier
"""


def read(folder: Path, text: str) -> Manifest:
    (folder / "model.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    return ManifestFile(folder / "model.yaml").manifest


def test_a_text_alone_is_a_name(tmp_path: Path) -> None:
    manifest = read(tmp_path, WHOLE)
    assert manifest.classes is not None
    assert [(one.name, one.words, one.parents) for one in manifest.classes] == [
        ("Katze", [], []),
        ("Hund", ["Köter", "dog"], ["Tier"]),
    ]
    assert [concept.name for concept in manifest.concepts] == ["Tier"]
    assert (manifest.scores, manifest.multi_label, manifest.size) == ("probabilities", False, 64)


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    names = ["no", "on", "1e3", "007", "2024-01-01", "0x10", "1_000", "true", ".5"]
    manifest = read(tmp_path, WHOLE.split("classes:")[0] + "classes: [" + ", ".join(names) + "]\nmulti_label: yes\n")
    assert manifest.classes is not None and [one.name for one in manifest.classes] == names
    assert manifest.multi_label is True


def test_a_mark_at_the_beginning_is_not_a_key(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + WHOLE).name == "animals"


def test_imagenets_classes_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE.split("classes:")[0] + "classes: imagenet\n").classes is None


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("size: 64", "size: big", 3, "size: expected a valid integer.*received 'big'"),
        ("size: 64", "size: 0", 3, "size: expected.*greater than or equal to 8; received '0'"),
        ("size: 64\n", "", 1, "size: expected this key, found none"),
        ("squash_bilinear", "stretch", 4, "resize: expected 'squash_nearest'.*received 'stretch'"),
        ("unscaled", "vgg", 5, "scaling: expected 'unscaled'.*'caffe'.*received 'vgg'"),
        ("scaling", "scalling", 5, "scalling: unknown; expected one of"),
        ("size: 64", "size: 64\nsize: 65", 4, "expected each key once; received size twice"),
        ("name: animals", "name: Animals!", 1, "name: expected text to match pattern.*received 'Animals!'"),
        ("  - Katze", "  - ''", 7, "classes.1.name: expected text to have at least 1 character"),
        ("  - Katze", "  -", 7, "classes.1: expected.*received None"),
        ("  - Katze", "  - [Katze]", 7, r"classes.1: expected.*received \['Katze'\]"),
        ("    words: [Köter, dog]", "    word: dog", 9, "classes.2.word: unknown"),
        ("    words: [Köter, dog]", "    words: dog", 9, "classes.2.words: expected a valid list; received 'dog'"),
        ("name: animals", "name: animals\nshade: red", 2, "shade: unknown; expected one of name, file"),
        (WHOLE[WHOLE.index("classes:") :], "classes: []", 6, "classes: .*at least 1 item"),
        ("words: [Köter, dog]\n", "words: &a [dog]\n    parents: *a\n", 9, ".*no anchors and aliases"),
        ("name: animals", "name: [animals", 2, "expected YAML"),
        ("name: animals", "? [a]\n: b\nname: animals", 1, "expected a key that is text"),
        ("name: animals", "name: \udcff", 1, "expected UTF-8"),
        ("name: animals", "name: a\x00b", 1, "expected YAML"),
    ],
)
def test_an_error_names_line_and_key(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(ModelError, match=f"model.yaml, line {line}: {message}"):
        read(tmp_path, WHOLE.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "[" * 5000, "a: " + "{a: " * 5000])
def test_what_is_not_a_manifest_at_all(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match=r"model.yaml, line [12]: expected"):
        read(tmp_path, text)


def test_aliases_of_aliases_are_refused_before_they_grow(tmp_path: Path) -> None:
    lines = ["b0: &b0 [x]", *(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 30))]
    with pytest.raises(ModelError, match="no anchors and aliases"):
        read(tmp_path, "\n".join(lines))


def test_a_missing_manifest_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected the manifest .*model.yaml.*image-synset model init FILE"):
        ManifestFile(tmp_path / "model.yaml")


def test_a_hundred_thousand_classes_are_read(tmp_path: Path) -> None:
    head = WHOLE.split("classes:")[0]
    many = "".join(f"  - class {number}\n" for number in range(100_000))
    classes = read(tmp_path, f"{head}classes:\n{many}").classes
    assert classes is not None and len(classes) == 100_000


def test_the_revision_changes_with_what_documents_hold(tmp_path: Path) -> None:
    whole = read(tmp_path, WHOLE)
    # words are searched for, not stored in documents
    assert read(tmp_path, WHOLE.replace("Köter, dog", "Köter")).revision == whole.revision
    changes = {"size: 64": "size: 65", "unscaled": "caffe", "squash_": "crop_", "Katze": "Kater"}
    changes |= {"    parents: [Tier]\n": "", "[Tier]": "[Tier, Katze]", "  - Tier\n": "  - Tier\n  - Ding\n"}
    for old, new in changes.items():
        assert read(tmp_path, WHOLE.replace(old, new)).revision != whole.revision, old
