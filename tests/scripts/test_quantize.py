"""`image-synset quantize` on the photos that scikit-image ships: too few to be good, enough to be kept or refused."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(3):
        for name in ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png", "moon.png"):
            shutil.copy(shipped / name, folder / f"{number}-{name}")
    for name in ("camera.png", "coins.png"):
        shutil.copy(shipped / name, folder / name)
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


def quantize(cache: Path, *arguments: str) -> Result:
    # None: unset, whatever an earlier test file has set for its own
    environment = {
        "IMAGE_SYNSET_CACHE_DIR": str(cache),
        "SIDECAR_MODEL": "efficientnet_lite0",
        "SIDECAR_MODEL_CACHE_DIR": None,
    }
    return CliRunner().invoke(main, ["quantize", *arguments], env=environment)


def test_kept_or_refused_by_agreement(folder: Path, tmp_path: Path) -> None:
    kept = quantize(tmp_path, "--images", str(folder), "--min-agreement", "0", "--json")
    assert kept.exit_code == 0, kept.output
    facts = json.loads(kept.stdout)
    assert facts["model"] == "efficientnet_lite0" and facts["version"].startswith("1-int8-")
    assert (facts["calibrated_on"], facts["photos"]) == (16, 4)
    assert Path(facts["path"]).is_file() and Path(facts["path"]).is_relative_to(tmp_path / "models")
    assert "Left out 1 files" in kept.stderr

    shutil.rmtree(Path(facts["path"]).parent)
    if facts["top1"] < 1:
        refused = quantize(tmp_path, "--images", str(folder), "--min-agreement", "1")
        assert refused.exit_code == 1 and "--min-agreement" in refused.output and "--force" in refused.output
        assert not Path(facts["path"]).exists()


def test_too_few_photos(tmp_path: Path, shipped: Path) -> None:
    shutil.copy(shipped / "moon.png", tmp_path)
    refused = quantize(tmp_path / "cache", "--images", str(tmp_path))
    assert refused.exit_code == 1 and "Expected at least 20 photos" in refused.output and "found 1" in refused.output
