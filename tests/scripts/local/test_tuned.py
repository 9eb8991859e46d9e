"""tuned.env: written, read by those whom it concerns, and refused where somebody spoiled it."""

from pathlib import Path

import pytest

from scripts.local.tuned import TUNABLE, Tuned, bulk_size, tuned_file
from scripts.shared.bulk import INDEXING, BulkSize
from scripts.shared.errors import StateUnusable
from scripts.shared.settings import Settings

VALUES = {
    "SIDECAR_STREAMS": 2,
    "SIDECAR_CPUS": 4,
    "SIDECAR_MAX_BATCH": 32,
    "ingest.image_synset.in_flight": 8,
    "ingest.image_synset.batch.max_items": 24,
    "IMAGE_SYNSET_BULKS": 3,
    "IMAGE_SYNSET_BULK_PHOTOS": 50,
}


def test_what_is_written_is_read_and_each_part_goes_where_it_belongs(tmp_path: Path) -> None:
    assert set(VALUES) == set(TUNABLE)
    file = tmp_path / "new" / "tuned.env"
    assert Tuned.load(file) is None
    Tuned("/models/my shop", "int8", VALUES).save(file, ["Written today.", "SIDECAR_MODEL=other"])
    lines = file.read_text().splitlines()
    assert lines[:2] == ["# Written today.", "# SIDECAR_MODEL=other"] and "SIDECAR_STREAMS=2" in lines

    tuned = Tuned.load(file)
    assert tuned == Tuned("/models/my shop", "int8", VALUES)
    assert tuned.sidecar == {"SIDECAR_STREAMS": "2", "SIDECAR_CPUS": "4", "SIDECAR_MAX_BATCH": "32"}
    assert tuned.node == {"ingest.image_synset.in_flight": "8", "ingest.image_synset.batch.max_items": "24"}
    assert tuned.fits("/models/my shop", "int8")
    assert not tuned.fits("/models/my shop", "f32") and not tuned.fits("auto", "int8")

    Tuned("auto").save(file, [])
    assert Tuned.load(file) == Tuned("auto", "f32", {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expected SIDECAR_MODEL=<model>"),
        ("SIDECAR_MODEL=auto\nSIDECAR_STREAMS=many", "SIDECAR_STREAMS=many"),
        ("SIDECAR_MODEL=auto\nSIDECAR_STREAMS=0", "SIDECAR_STREAMS=0"),
        ("SIDECAR_MODEL=auto\nSIDECAR_TOKEN=7", "SIDECAR_TOKEN=7"),
        ("SIDECAR_MODEL=auto\nnonsense", "nonsense"),
        (b"SIDECAR_MODEL=\xff", "to be text"),
    ],
)
def test_a_file_of_something_else_is_refused_with_what_to_do(tmp_path: Path, text: str | bytes, said: str) -> None:
    file = tmp_path / "tuned.env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StateUnusable, match=said) as refused:
        Tuned.load(file)
    assert str(file) in refused.value.message and "image-synset tune" in refused.value.message


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnusable, match="file/tuned.env"):
        Tuned("auto").save(tmp_path / "file" / "tuned.env", [])


def test_bulks_are_as_the_user_says_else_as_tuned_for_the_local_stack(tmp_path: Path) -> None:
    assert bulk_size(Settings(state_dir=tmp_path)) == INDEXING
    Tuned("auto", values=VALUES).save(tuned_file(tmp_path), [])
    assert bulk_size(Settings(state_dir=tmp_path)) == BulkSize(3, 50)
    assert bulk_size(Settings(state_dir=tmp_path, bulks=9)) == BulkSize(9, 50)
    # of another machine's Elasticsearch nothing was measured
    assert bulk_size(Settings(state_dir=tmp_path, url="http://elsewhere:9200")) == INDEXING
