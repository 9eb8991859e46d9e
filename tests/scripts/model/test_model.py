"""`image-synset model`: from a file to a manifest to scores, and what is said when that can't be."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.model.labels import read_labels
from scripts.shared.errors import CliError
from sidecar.models.folder.manifest import ManifestFile
from tests.support.networks import color_weights, colored, write_onnx


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["model", *map(str, arguments)])


def ran(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_from_a_file_and_a_list_to_scores(tmp_path: Path) -> None:
    folder = tmp_path / "Meine Farben"
    folder.mkdir()
    write_onnx(folder / "model.onnx", color_weights(), ending=None, nhwc=True)
    labels = tmp_path / "labels.txt"
    labels.write_text("rot\ngrün\nno\n", "utf-8")
    said = ran("init", folder / "model.onnx", "--labels", labels)
    assert "3 outputs, 32×32 pixels, logits" in said and "Guessed, please check: resize, scaling" in said
    manifest = folder / "model.yaml"
    assert "name: meine-farben\n" in manifest.read_text("utf-8")
    # what was guessed has to be looked at
    manifest.write_text(manifest.read_text("utf-8").replace("scaling: unscaled", "scaling: zero_to_one"), "utf-8")
    red, blue = colored(tmp_path / "red.png", (255, 0, 0)), colored(tmp_path / "blue.png", (0, 0, 255))
    answer = json.loads(ran("check", folder, red, blue, "--json"))
    assert [answer["photos"][str(one)]["synsets"][0]["label"] for one in (red, blue)] == ["rot", "no"]
    assert (answer["classes"], answer["features"], answer["multi_label"]) == (3, 3, False)
    table = ran("check", folder, red)
    assert "rot" in table and "1.000" in table and "meine-farben" in table
    assert "Nothing to do" in ran("convert", folder)


def test_check_says_which_photo_failed(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", color_weights())
    ran("init", tmp_path / "model.onnx")
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    red = colored(tmp_path / "red.png", (255, 0, 0))
    result = run("check", tmp_path, red, tmp_path / "bad.jpg", "--json")
    assert result.exit_code == 1
    photos = json.loads(result.stdout)["photos"]
    assert photos[str(tmp_path / "bad.jpg")]["error"]["type"] == "not_an_image" and "synsets" in photos[str(red)]


def test_the_manifest_says_what_the_file_says(tmp_path: Path) -> None:
    for number, (options, expected) in enumerate(
        [
            ({"ending": "Sigmoid"}, {"scores: probabilities", "multi_label: true"}),
            ({"ending": "Softmax", "size": "side"}, {"size: 224  # A GUESS", "multi_label: false"}),
            ({"ending": None}, {"scores: logits", "scaling: standardized  # A GUESS"}),
        ]
    ):
        folder = tmp_path / f"m{number}"
        folder.mkdir()
        write_onnx(folder / "model.onnx", color_weights(), **options)
        ran("init", folder / "model.onnx")
        text = (folder / "model.yaml").read_text("utf-8")
        assert all(part in text for part in expected), text
        assert "- class 0\n" in text


def test_a_thousand_outputs_are_taken_for_imagenets(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", np.zeros((3, 1000), np.float32))
    assert "taken for ImageNet's" in ran("init", tmp_path / "model.onnx")
    assert json.loads(ran("check", tmp_path, "--json"))["vocabulary"]["name"] == "imagenet"


def test_awkward_labels_survive_the_manifest(tmp_path: Path) -> None:
    names = [
        "a: b",
        "no",
        "- x",
        '"quoted"',
        "# none",
        "猫",
        "🐈",
        "1.5",
        "{a}",
        "null",
        "tab\there",
        "imagenet",
        "'",
        "\\",
    ]
    write_onnx(tmp_path / "model.onnx", color_weights(len(names)))
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(names), "utf-8")
    ran("init", tmp_path / "model.onnx", "--labels", labels)
    red = colored(tmp_path / "red.png", (255, 0, 0))
    answer = json.loads(ran("check", tmp_path, red, "--json"))
    assert answer["classes"] == len(names)
    classes = ManifestFile(tmp_path / "model.yaml").manifest.classes
    assert classes is not None and [one.name for one in classes] == names


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", color_weights())
    (tmp_path / "model.yaml").write_text("mine")
    result = run("init", tmp_path / "model.onnx")
    assert result.exit_code == 1 and "--force replaces it" in result.output
    assert (tmp_path / "model.yaml").read_text() == "mine"
    ran("init", tmp_path / "model.onnx", "--force")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("a\nb\n", "labels.txt", "Expected 3 classes, as the network has outputs; .*has 2"),
        ("a\n\nb\n", "labels.txt", "line 2: expected a class, found an empty line"),
        ("", "labels.txt", "expected one class a line"),
        ("{", "labels.json", "expected JSON"),
        ('{"a": 0, "b": 2}', "labels.json", "numbered from 0 without gaps"),
    ],
)
def test_lists_that_do_not_fit(tmp_path: Path, text: str, name: str, message: str) -> None:
    write_onnx(tmp_path / "model.onnx", color_weights())
    (tmp_path / name).write_text(text)
    result = run("init", tmp_path / "model.onnx", "--labels", tmp_path / name)
    assert result.exit_code == 1
    assert re.search(message, result.output), result.output
    assert not (tmp_path / "model.yaml").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "\ufeffa b\nc\n\n"),
        ("labels.txt", "0 a b\n1 c\n"),
        ("labels.json", '["a b", "c"]'),
        ("labels.json", '{"c": 1, "a b": 0}'),
        ("labels.json", '{"0": "a b", "1": "c"}'),
        ("config.json", '{"id2label": {"0": "a b", "1": "c"}, "other": 1}'),
    ],
)
def test_lists_as_people_have_them(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert read_labels(tmp_path / name) == ["a b", "c"]


def test_a_list_in_another_encoding_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes("Katze\nKöter\n".encode("latin-1"))
    with pytest.raises(CliError, match="line 2: expected UTF-8"):
        read_labels(tmp_path / "labels.txt")


def test_errors_as_json_too(tmp_path: Path) -> None:
    (tmp_path / "model.pth").touch()
    result = run("init", tmp_path / "model.pth", "--json")
    assert result.exit_code == 1
    assert "torch.onnx.export" in result.output


def test_up_refuses_a_folder_that_cannot_be_served_before_anything_is_stopped(tmp_path: Path) -> None:
    def up(model: object) -> str:
        result = CliRunner().invoke(main, ["up", "--model", str(model)])
        assert result.exit_code == 2
        return " ".join(result.output.split())

    assert "expected the manifest" in up(tmp_path)
    (tmp_path / "model.keras").touch()
    (tmp_path / "model.yaml").write_text(
        "name: x\nfile: model.keras\nsize: 32\nresize: squash_bilinear\nscaling: unscaled\nclasses: [a, b]\n"
    )
    assert f"image-synset model convert {tmp_path}" in up(tmp_path)
    assert "expected auto, a folder with a model.yaml, or one of" in up("vgg99")
