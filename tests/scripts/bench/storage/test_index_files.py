import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from elasticsearch import Elasticsearch

from scripts.bench.storage.index_files import FilesOutOfReach, IndexFiles

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, whose page cache can be asked about")
MEGABYTE = 2**20


class Node:
    """What is asked of Elasticsearch about an index with two shards, whose node keeps its data in a folder."""

    def __init__(self, data: Path) -> None:
        self.indices, self.nodes, self._data = self, self, data

    def get_settings(self, *, index: str) -> Any:
        return {index: {"settings": {"index": {"uuid": "u-u-i-d", "number_of_shards": "2"}}}}

    def stats(self, *, metric: str) -> Any:
        assert metric == "fs"
        return {"nodes": {"a": {"fs": {"data": [{"path": str(self._data)}]}}}}


def find(data: Path) -> IndexFiles:
    return IndexFiles.find(cast(Elasticsearch, Node(data)), "photos")


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / "indices" / "u-u-i-d" / str(number) / "index" for number in range(2)]
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


@linux
def test_files_are_dropped_from_the_page_cache_and_what_is_read_is_in_it_again(
    tmp_path: Path, shards: list[Path]
) -> None:
    (shards[0] / "_0.cfs").write_bytes(os.urandom(2 * MEGABYTE))
    (shards[1] / "_1.cfs").write_bytes(os.urandom(MEGABYTE))
    (shards[1] / "write.lock").touch()
    files = find(tmp_path)
    assert {file.name for file in files} == {"_0.cfs", "_1.cfs", "write.lock"}
    assert files.resident_bytes() == 3 * MEGABYTE
    files.forget()
    if files.resident_bytes() == 3 * MEGABYTE:
        pytest.skip("the file system of the temporary folder is in memory")
    assert files.resident_bytes() == 0
    (shards[1] / "_1.cfs").read_bytes()
    assert files.resident_bytes() == MEGABYTE


@linux
def test_files_of_another_machine_are_out_of_reach(tmp_path: Path, shards: list[Path]) -> None:
    with pytest.raises(FilesOutOfReach, match=r"Expected the files of photos below .* on this machine"):
        find(tmp_path / "elsewhere")
    shards[1].rmdir()
    shards[1].parent.rmdir()
    with pytest.raises(FilesOutOfReach, match="found not all of them"):
        find(tmp_path)


@linux
def test_other_users_files_are_out_of_reach(
    tmp_path: Path, shards: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (shards[0] / "_0.cfs").touch()
    find(tmp_path)
    # the tests may run as root, who may write to everything
    monkeypatch.setattr(os, "access", lambda file, mode: mode == os.R_OK)
    with pytest.raises(FilesOutOfReach, match="as root or as Elasticsearch's user"):
        find(tmp_path)


def test_another_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(FilesOutOfReach, match="Expected Linux.*found darwin"):
        find(tmp_path)
