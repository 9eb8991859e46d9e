"""Benchmarks' tables can be read in a terminal of 80 columns, whole."""

import pytest

from scripts.bench.analysis.ingest import Row as IngestRow
from scripts.bench.analysis.sidecar import Row as SidecarRow
from scripts.bench.table import as_text, print_table

SIDECAR = SidecarRow("in-process", "efficientnet_lite0", "openvino-int8", 123.4, 1234.5, 2345.6, 12.34, None, 1399)
INGEST = IngestRow("lone document", "efficientnet_lite0", 123.4, 0.78, 12.34, None, 123.4, 12.3)


@pytest.mark.parametrize("row", [SIDECAR, INGEST])
def test_nothing_is_cut_off(
    row: SidecarRow | IngestRow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table("Title", type(row), [as_text(row)])
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert printed.splitlines()[-1].split() == " ".join(as_text(row)).split()
