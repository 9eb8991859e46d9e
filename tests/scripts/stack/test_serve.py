"""`image-synset serve` starts gunicorn with what was tuned, unless the environment says otherwise."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.local.tuned import MAX_BATCH, STREAMS, Tuned, tuned_file
from scripts.stack.serve import serve


@pytest.mark.parametrize(("model", "streams", "batch"), [("auto", "2", "64"), ("vgg16", None, "64")])
def test_tuned_settings_are_those_of_the_same_model(
    model: str, streams: str | None, batch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: given.append(dict(os.environ)))
    Tuned("auto", values={STREAMS: 2, MAX_BATCH: 8}).save(tuned_file(tmp_path), [])
    for name, value in {"IMAGE_SYNSET_STATE_DIR": str(tmp_path), "SIDECAR_MODEL": model, MAX_BATCH: "64"}.items():
        monkeypatch.setenv(name, value)
    # what serve sets is taken back after the test
    monkeypatch.setenv(STREAMS, "")
    monkeypatch.delenv(STREAMS)
    result = CliRunner().invoke(serve)
    assert result.exit_code == 0, result.output
    assert (given[0].get(STREAMS), given[0][MAX_BATCH]) == (streams, batch)
    assert (f"From {tuned_file(tmp_path)}" in result.stderr) == (streams is not None)
