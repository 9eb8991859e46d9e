"""The files of an index whose node runs on this machine, and how much of them the page cache holds."""

import ctypes
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elasticsearch import Elasticsearch

from scripts.shared.errors import FilesOutOfReach


@dataclass(frozen=True, slots=True)
class IndexFiles:
    """An index's files: one folder for each shard."""

    folders: tuple[Path, ...]

    @classmethod
    def find(cls, es: Elasticsearch, index: str) -> "IndexFiles":
        """Those of one index, named by its own name.

        Raises:
            FilesOutOfReach: a shard has no folder here whose files this user may write to, or the system is another
                than Linux.
        """
        if sys.platform != "linux":
            raise FilesOutOfReach(f"Expected Linux, whose page cache can be asked about, found {sys.platform}.")
        settings = es.indices.get_settings(index=index)[index]["settings"]["index"]
        nodes = es.nodes.stats(metric="fs")["nodes"].values()
        folders = [Path(data["path"], "indices", settings["uuid"]) for node in nodes for data in node["fs"]["data"]]
        shards = [folder / str(number) for folder in folders for number in range(int(settings["number_of_shards"]))]
        found = tuple(shard for shard in shards if os.path.isdir(shard))
        files = cls(found)
        if {shard.name for shard in found} != {shard.name for shard in shards}:
            raise FilesOutOfReach(
                f"Expected the files of {index} below {folders[0]} on this machine, found not all of them. "
                "Run the command where Elasticsearch runs, as root or as its user."
            )
        # the page cache says of other users' files that they are in it whole
        if not all(os.access(file, os.R_OK | os.W_OK) for file in files):
            raise FilesOutOfReach(
                f"Expected files that this user may read and write below {found[0]}, found others. "
                "Run the command as root or as Elasticsearch's user."
            )
        return files

    def __iter__(self) -> Iterator[Path]:
        return (Path(folder, name) for shard in self.folders for folder, _, names in os.walk(shard) for name in names)

    def resident_bytes(self) -> int:
        """How much of them is in the page cache, in whole pages."""
        return sum(_resident_pages(file) for file in self) * mmap.PAGESIZE

    def forget(self) -> None:
        """Have the page cache drop them; the node must not have them open."""
        for file in self:
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # what is not written yet would stay
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


@contextmanager
def closed(es: Elasticsearch, index: str) -> Iterator[None]:
    """The index is closed meanwhile, and ready for searches afterward."""
    es.indices.flush(index=index)
    try:
        es.indices.close(index=index)
        yield
    finally:
        es.indices.open(index=index)
        es.cluster.health(index=index, wait_for_status="yellow")


def _resident_pages(file: Path) -> int:
    if file.stat().st_size == 0:
        return 0
    content = np.memmap(file, np.uint8, "r")
    pages = np.zeros(-(-content.size // mmap.PAGESIZE), np.uint8)
    mincore: Callable[..., int] = ctypes.CDLL(None, use_errno=True).mincore
    addresses = ctypes.c_void_p(content.ctypes.data), ctypes.c_size_t(content.size), ctypes.c_void_p(pages.ctypes.data)
    if mincore(*addresses) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(file))
    return int((pages & 1).sum())
