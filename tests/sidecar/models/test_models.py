"""Choosing and loading a model, and what is said when that can't be."""

import hashlib
import logging
import os
from pathlib import Path

import pytest

from sidecar.errors import ModelError
from sidecar.models import MODELS, loading
from sidecar.models.efficientnet_lite import packaged_weights
from sidecar.models.loading import build_network, select_model, weights_sha256
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings


@pytest.fixture(autouse=True)
def empty_keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras"


def test_auto_without_weights_serves_lite0_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        row, _ = select_model(Settings(model="auto"))
    assert row.name == "efficientnet_lite0"
    assert "no weights of vgg16" in caplog.text and "SIDECAR_MODEL=vgg16" in caplog.text


def test_auto_with_downloaded_weights_serves_vgg16(empty_keras_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = empty_keras_home / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
    file.parent.mkdir(parents=True)
    file.touch()
    row, weights = select_model(Settings(model="auto"))
    assert (row.name, weights) == ("vgg16", file)
    assert not caplog.records


def test_unknown_model_lists_the_known() -> None:
    with pytest.raises(ModelError, match="SIDECAR_MODEL: expected auto, .* or one of .*vgg16.*; received vgg99"):
        select_model(Settings(model="vgg99"))


def test_missing_weights_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SIDECAR_WEIGHTS: .* there is none at .*nowhere.h5"):
        select_model(Settings(model="vgg16", weights=tmp_path / "nowhere.h5"))


def test_wrong_hash_is_refused() -> None:
    settings = Settings(model="efficientnet_lite0", weights=packaged_weights(0), weights_sha256="0" * 64)
    with pytest.raises(ModelError, match="SIDECAR_WEIGHTS_SHA256: expected 0000"):
        select_model(settings)


def test_file_of_another_model_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(b"not weights")
    for name in ("vgg16", "efficientnet_lite0"):
        with pytest.raises(ModelError, match=f"expected .*other.h5 to hold the weights of {name}"):
            build_network(MODELS[name], other)


def test_failed_download_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://…: None -- [Errno -2] Name or service not known")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", offline)
    with pytest.raises(ModelError) as caught:
        build_network(*select_model(Settings(model="vgg16")))
    for advice in ("could not be downloaded", "URL fetch failure", "SIDECAR_WEIGHTS=<file>", "efficientnet_lite0"):
        assert advice in caught.value.reason


def test_loaded_model_is_stamped() -> None:
    loaded, _ = load_runtime(Settings(model="efficientnet_lite0", runtime="keras", max_batch=1))
    assert (loaded.row, loaded.version) == (MODELS["efficientnet_lite0"], "1-f32")
    assert loaded.weights_sha256 == hashlib.sha256(packaged_weights(0).read_bytes()).hexdigest()
    # the publisher's file name carries the first eight digits
    assert packaged_weights(0).stem.endswith(loaded.weights_sha256[:8])


def test_a_weights_file_is_read_once_for_its_hash_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    hash_ = loading.sha256_of

    def counting(*paths: Path) -> str:
        read.extend(paths)
        return hash_(*paths)

    monkeypatch.setattr(loading, "sha256_of", counting)
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    one = hashlib.sha256(b"one").hexdigest()
    select_model(Settings(model="vgg16", weights=file, weights_sha256=one))
    assert (weights_sha256(file), read) == (one, [file])
    file.write_bytes(b"two")
    os.utime(file, ns=(0, 0))  # however coarse the file system's clock is
    assert (weights_sha256(file), len(read)) == (hashlib.sha256(b"two").hexdigest(), 2)
