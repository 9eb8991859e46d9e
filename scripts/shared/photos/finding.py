"""Looking through folders: every file is a photo or left out, and nothing is waited for."""

import fnmatch
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.shared.photos.content import HEAD, Kind, kind_of
from scripts.shared.photos.left_out import LeftOut
from scripts.shared.photos.opening import opened
from scripts.shared.photos.photo import Photo
from scripts.shared.photos.reduced import can_be_reduced
from scripts.shared.terminal.printable import file_name

# What systems keep beside photos: thumbnails, copies, what was deleted. By lower case.
_SYSTEM = frozenset(
    (
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin", "recycler"),
        *("lost+found", "system volume information", "__macosx", "network trash folder", "temporary items"),
        *(
            ".@__thumb",
            ".thumbnails",
            ".thumb",
            ".trash",
            ".trashes",
            ".spotlight-v100",
            ".fseventsd",
            ".picasaoriginals",
        ),
        *(".dtrash", ".snapshot", ".stfolder", ".stversions", ".sync", "appledb"),
    )
)


@dataclass(frozen=True)
class Choice:
    """Which files count. `exclude`: patterns of names or of paths below the folder, as shells have them.

    `follow_links`: also what links out of the folder lead to. `max_bytes`: of a file; of a larger one
    a smaller copy is sent, or it is left out; None: none is too large.
    """

    exclude: tuple[str, ...] = ()
    follow_links: bool = False
    max_bytes: int | None = None

    def excludes(self, inside: str) -> bool:
        """Whether a path below the folder is excluded."""
        parts = inside.split("/")
        return any(
            fnmatch.fnmatchcase(inside, pattern.rstrip("/"))
            or any(fnmatch.fnmatchcase(part, pattern.rstrip("/")) for part in parts)
            for pattern in self.exclude
        )


def find_photos(
    paths: Iterable[Path], choice: Choice | None = None, left_out: LeftOut | None = None
) -> Iterator[Photo]:
    """Every photo among files named and in folders named, by content and in order; the others go to `left_out`."""
    left_out = LeftOut() if left_out is None else left_out
    for path in paths:
        look = _Look(path if path.is_dir() else path.parent, choice or Choice(), left_out)
        if path.is_dir():
            yield from look.below(path)
        else:
            yield from look.file(path, path.name)


def photos_at(folder: Path, path: Path, choice: Choice) -> Iterator[Photo]:
    """The photos that a path in a folder is or holds, by the same rules as when all of it is looked through."""
    look = _Look(folder, choice, LeftOut())
    inside = path.relative_to(folder)
    if look.kind_by_name(inside.as_posix()):
        return
    if path.is_dir():
        if look.inside(path):
            yield from look.below(path)
    else:
        yield from look.file_below(path)


class _Look:
    def __init__(self, folder: Path, choice: Choice, left_out: LeftOut) -> None:
        self._folder, self._choice, self._left_out = folder, choice, left_out
        self._real = os.path.realpath(folder)
        self._been: set[tuple[int, int]] = set()

    def below(self, start: Path) -> Iterator[Photo]:
        closed: list[OSError] = []
        files: list[Path] = []
        for parent, folders, names in os.walk(start, onerror=closed.append, followlinks=self._choice.follow_links):
            self._enter(parent, folders)
            files += (Path(parent, name) for name in names)
        for file in sorted(files):
            yield from self.file_below(file)
        for error in closed:
            self._left_out.add("unreadable", self._name(Path(error.filename)), f"can't be read: {error.strerror}")

    def _enter(self, parent: str, folders: list[str]) -> None:
        """Leaves out, of folders in one, links out of the folder, and those that were looked through already."""
        for name in list(folders):
            path = Path(parent, name)
            if path.is_symlink() and not self.inside(path):
                self._left_out.add("linked outside", self._name(path))
                folders.remove(name)
            elif self._choice.follow_links and not self._first_time(path):
                folders.remove(name)

    def _first_time(self, folder: Path) -> bool:
        try:
            status = folder.stat()
        except OSError:
            return True
        found = (status.st_dev, status.st_ino)
        new = found not in self._been
        self._been.add(found)
        return new

    def inside(self, path: Path) -> bool:
        """Whether a path, or what it links to, is in the folder, or may be elsewhere."""
        real = os.path.realpath(path)
        return self._choice.follow_links or real == self._real or real.startswith(os.path.join(self._real, ""))

    def file_below(self, path: Path) -> Iterator[Photo]:
        if kind := self.kind_by_name(path.relative_to(self._folder).as_posix()):
            self._left_out.add(kind, self._name(path))
        elif path.is_symlink() and not self.inside(path):
            self._left_out.add("linked outside", self._name(path))
        else:
            yield from self.file(path, self._name(path))

    def kind_by_name(self, inside: str) -> str | None:
        """What a path below the folder is left out as, where its name is enough."""
        parts = inside.split("/")
        if any(part.lower() in _SYSTEM for part in parts):
            return "system"
        if any(part.startswith(".") for part in parts):
            return "hidden"
        return "excluded" if self._choice.excludes(inside) else None

    def file(self, path: Path, name: str) -> Iterator[Photo]:
        name = file_name(name)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                self._left_out.add("special", name)
                return
            with opened(path) as file:
                head = file.read(HEAD)
        except OSError as error:
            self._left_out.add("unreadable", name, f"can't be read: {error.strerror or error}")
            return
        kind = kind_of(head, path)
        if kind is not Kind.PHOTO:
            self._left_out.add(kind.value, name)
        elif not head:
            self._left_out.add("unreadable", name, "expected an image file, found an empty one")
        elif self._choice.max_bytes is None or status.st_size <= self._choice.max_bytes:
            yield Photo(path, name)
        elif can_be_reduced(path):
            yield Photo(path, name, large=True)
        else:
            reason = f"expected at most {self._choice.max_bytes:,} bytes, found {status.st_size:,}"
            self._left_out.add("too large", name, f"{reason}, and no smaller copy of it can be made")

    def _name(self, path: Path) -> str:
        return file_name(path.relative_to(self._folder).as_posix())
