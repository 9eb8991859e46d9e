"""Networks as people export them, served from a folder: layouts, batches, logits, one output; and what does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sidecar.errors import ModelError
from sidecar.models.loading import LoadedModel
from sidecar.runtimes import Runtime
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings
from tests.support.networks import color_weights, colored, write_manifest, write_onnx

RED, GREEN, BLUE = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


def load(folder: Path, **settings: Any) -> tuple[LoadedModel, Runtime]:
    return load_runtime(Settings(model=str(folder), **settings))


def scores_of(folder: Path, *pictures: tuple[int, int, int]) -> Any:
    """Of pictures in one color each, by way of what serving does with pixels."""
    return scores_by(*load(folder), *pictures)


def scores_by(loaded: LoadedModel, runtime: Runtime, *pictures: tuple[int, int, int]) -> Any:
    pixels = [np.full((loaded.row.size, loaded.row.size, 3), picture, np.uint8) for picture in pictures]
    return runtime.predict(np.stack([loaded.row.scaled(one) for one in pixels]))


def colors(tmp_path: Path, classes: int = 3, **options: Any) -> Path:
    keys = {key: options.pop(key) for key in ("size", "scores", "multi_label", "classes_", "more") if key in options}
    write_onnx(tmp_path / "model.onnx", color_weights(classes), **options)
    names = keys.pop(
        "classes_", "[" + ", ".join(["red", "green", "blue", *map(str, range(3, classes))][:classes]) + "]"
    )
    return write_manifest(tmp_path, classes=names, **keys)


@pytest.mark.parametrize("nhwc", [True, False], ids=["NHWC", "NCHW"])
@pytest.mark.parametrize("batch", ["n", 1], ids=["any batch", "one at a time"])
def test_either_layout_and_any_batch(tmp_path: Path, nhwc: bool, batch: str | int) -> None:
    outputs = scores_of(colors(tmp_path, nhwc=nhwc, batch=batch), RED, GREEN, BLUE, RED, GREEN)
    assert outputs.probabilities.argmax(1).tolist() == [0, 1, 2, 0, 1]
    assert outputs.probabilities.sum(1) == pytest.approx(1, abs=1e-6)
    # the classifier sees the mean color
    assert outputs.features[:3] == pytest.approx(np.eye(3), abs=1e-6)


def test_a_softmax_is_applied_to_logits(tmp_path: Path) -> None:
    found = scores_of(colors(tmp_path, ending=None, scores="logits"), RED).probabilities[0]
    expected = np.exp([20, 0, 0]) / np.exp([20, 0, 0]).sum()
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("ending", "scores"), [("Sigmoid", "probabilities"), (None, "logits")])
def test_several_classes_in_one_photo(tmp_path: Path, ending: str | None, scores: str) -> None:
    folder = colors(tmp_path, ending=ending, scores=scores, multi_label="true")
    loaded, _ = load(folder)
    assert loaded.row.multi_label
    purple = scores_of(folder, (255, 0, 255)).probabilities[0]
    assert purple == pytest.approx(1 / (1 + np.exp([-20, 0, -20])), abs=1e-6)


def test_one_output_distinguishes_two_classes(tmp_path: Path) -> None:
    folder = colors(tmp_path, 1, ending="Sigmoid", classes_="[other, red]")
    assert scores_of(folder, RED, (0, 0, 0)).probabilities == pytest.approx(np.array([[0, 1], [0.5, 0.5]]), abs=1e-6)


def test_a_size_that_the_file_leaves_open_is_the_manifests(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", color_weights(), size="side")
    write_manifest(tmp_path, classes="[red, green, blue]", size=48)
    assert scores_of(tmp_path, GREEN).probabilities.argmax() == 1


def test_a_hundred_thousand_classes(tmp_path: Path) -> None:
    folder = colors(tmp_path, 100_000)
    loaded, runtime = load(folder)
    assert len(loaded.row.vocabulary.classes) == 100_000
    assert scores_by(loaded, runtime, BLUE).probabilities.argmax() == 2


def test_the_stamp_says_what_computed_the_scores_and_named_them(tmp_path: Path) -> None:
    one = load(colors(tmp_path))[0]
    words = load(write_manifest(tmp_path, classes="[red, green, {name: blue, words: [azure]}]"))[0]
    assert (words.version, words.weights_sha256) == (one.version, one.weights_sha256)
    names = load(write_manifest(tmp_path, classes="[red, green, azure]"))[0]
    assert names.version != one.version and names.weights_sha256 == one.weights_sha256
    assert len({loaded.row.vocabulary.hash for loaded in (one, words, names)}) == 3
    write_onnx(tmp_path / "model.onnx", color_weights() * 2)
    assert load(tmp_path)[0].weights_sha256 != one.weights_sha256


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes_": "[red, green]"}, r"line 8: classes: .*as many as the network has outputs, 3; received 2"),
        ({"classes": 1, "classes_": "[red]"}, r"line 8: classes: expected two classes for a network with one output"),
        ({"size": 64}, r"line 3: size: expected what the network takes, .*32.*; received 64"),
        ({"ending": None}, r"line 6: scores: expected scores from 0 to 1; .*set scores: logits"),
        ({"ending": "Sigmoid"}, r"line 6: scores: expected probabilities that sum to 1; .*multi_label: true"),
        ({"channels": 1}, r"line 2: file: expected an input with 3 colors"),
        ({"channels": 1, "more": "layout: NCHW\n"}, r"line 9: layout: expected 3 colors where NCHW has them"),
        ({"more": "output: nothing\n"}, r"line 9: output: expected one of scores; received nothing"),
        ({"more": "features: nothing\n"}, r"line 9: features: expected the name of a layer; none is called nothing"),
        ({"more": f"sha256: {'0' * 64}\n"}, r"line 9: sha256: expected 0000.*; model.onnx has [1-9a-f]"),
        ({"more": "self_test: {photo: no.png, expect: red}\n"}, r"line 9: self_test.photo: expected a photo"),
    ],
)
def test_what_does_not_fit_is_reported_with_its_line(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load(colors(tmp_path, **options))


def test_the_self_test_photo_must_show_its_class(tmp_path: Path) -> None:
    colored(tmp_path / "red.png", RED)
    load(colors(tmp_path, more="self_test: {photo: red.png, expect: red}\n"))
    with pytest.raises(ModelError, match=r"self_test.expect: expected green to score highest in red.png; red does"):
        load(colors(tmp_path, more="self_test: {photo: red.png, expect: green}\n"))
    with pytest.raises(ModelError, match=r"self_test.expect: expected the name of a class; received gray"):
        load(colors(tmp_path, more="self_test: {photo: red.png, expect: gray}\n"))
    (tmp_path / "red.png").write_bytes(b"no photo")
    with pytest.raises(ModelError, match=r"self_test.photo: expected a photo"):
        load(colors(tmp_path, more="self_test: {photo: red.png, expect: red}\n"))


def test_outputs_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", np.full((3, 3), np.nan, np.float32))
    with pytest.raises(ModelError, match="line 2: file: expected numbers from the network"):
        load(write_manifest(tmp_path, classes="[a, b, c]"))


def test_weights_beside_an_onnx_file_are_part_of_it(tmp_path: Path) -> None:
    write_onnx(tmp_path / "model.onnx", color_weights(), external="weights.data")
    folder = write_manifest(tmp_path, classes="[red, green, blue]")
    before = load(folder)[0].weights_sha256
    assert scores_of(folder, GREEN).probabilities.argmax() == 1
    data = bytearray((tmp_path / "weights.data").read_bytes())
    data[-1] ^= 1
    (tmp_path / "weights.data").write_bytes(data)
    assert load(folder)[0].weights_sha256 != before
    (tmp_path / "weights.data").unlink()
    with pytest.raises(ModelError, match=r"line 2: file: expected .*weights.data, which holds weights of model.onnx"):
        load(folder)


def test_weights_of_an_onnx_file_are_inside_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_onnx(folder / "model.onnx", color_weights(), external="weights.data")
    (folder / "weights.data").rename(tmp_path / "ights.dat")
    whole = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(whole.replace(b"weights.data", b"../ights.dat"))
    with pytest.raises(ModelError, match=r"line 2: file: expected a file in .*; ../ights.dat is outside"):
        load(write_manifest(folder, classes="[red, green, blue]"))


@pytest.mark.parametrize("file", ["../model.onnx", "/etc/passwd", "link.onnx", ".", "no.onnx", "model.pth", "model.h5"])
def test_only_a_model_inside_the_folder(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_onnx(tmp_path / "model.onnx", color_weights())
    (folder / "link.onnx").symlink_to(tmp_path / "model.onnx")
    (folder / "model.pth").touch()
    (folder / "model.h5").touch()
    with pytest.raises(ModelError, match=r"line 2: file: expected"):
        load(write_manifest(folder, classes="[red, green, blue]", file=file))


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    colors(tmp_path)
    (tmp_path / "..data").mkdir()
    (tmp_path / "model.onnx").rename(tmp_path / "..data/model.onnx")
    (tmp_path / "model.onnx").symlink_to("..data/model.onnx")  # as Kubernetes mounts files
    load(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no model", b"\x08\x09" * 100], ids=["empty", "text", "numbers"])
def test_a_broken_file_is_refused(tmp_path: Path, data: bytes) -> None:
    colors(tmp_path)
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="model.onnx"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"runtime": "keras"}, "SIDECAR_RUNTIME: expected openvino"),
        ({"precision": "int8"}, "SIDECAR_PRECISION: expected f32"),
        ({"weights": Path("x.h5")}, "SIDECAR_WEIGHTS: expected none"),
        ({"weights_sha256": "0" * 64}, "SIDECAR_WEIGHTS_SHA256: expected 000"),
    ],
)
def test_settings_that_a_folder_does_not_go_with(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load(colors(tmp_path), **settings)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected the manifest .*nowhere/model.yaml"):
        load(tmp_path / "nowhere")
