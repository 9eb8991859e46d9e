"""Run image_search.ipynb against the local stack and keep its outputs.

Run:    python -m scripts.dev.run_notebook
"""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "image_search.ipynb"


def run(notebook: Path = NOTEBOOK) -> nbformat.NotebookNode:
    """Execute every cell, from the top, in a kernel of its own.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    node: nbformat.NotebookNode = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(node, timeout=300, kernel_name="python3").execute()
    for cell in node.cells:
        # when each cell ran says nothing to a reader
        cell.metadata.pop("execution", None)
    return node


if __name__ == "__main__":
    nbformat.write(run(), NOTEBOOK)  # type: ignore[no-untyped-call]
