"""The notebook runs as it is, and is stored as it ran."""

from pathlib import Path

import nbformat
import pytest
from elasticsearch import Elasticsearch

from scripts.dev.run_notebook import NOTEBOOK, run


def pictures(notebook: nbformat.NotebookNode) -> int:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/jpeg" in output.get("data", {}) for output in outputs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client", "ignore::ResourceWarning")
def test_it_runs(es: Elasticsearch, state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_SYNSET_STATE_DIR", str(state_dir))
    executed = run()
    assert pictures(executed) == 5
    text = "".join(str(output) for cell in executed.cells for output in cell.get("outputs", []))
    assert "60 indexed, 0 there already, 0 failures" in text and "Egyptian_cat" in text
    es.indices.delete(index="image-synset-notebook")


def test_it_is_stored_with_its_outputs() -> None:
    stored = nbformat.read(NOTEBOOK, as_version=4)
    assert pictures(stored) == 5
    assert all(output.output_type != "error" for cell in stored.cells for output in cell.get("outputs", []))
