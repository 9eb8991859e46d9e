"""From the classes and concepts of a manifest to a vocabulary."""

import difflib
from collections.abc import Sequence

from sidecar.models.folder.manifest import Entry, ManifestFile
from sidecar.models.folder.yaml_lines import Path
from sidecar.synsets.index import synset_index
from sidecar.synsets.names import unique_names
from sidecar.synsets.vocabulary import Concept, SynsetClass, Vocabulary


def vocabulary_of(file: ManifestFile) -> Vocabulary:
    """The vocabulary, whose names are safe as names of fields; each class is a concept too.

    Raises:
        ModelError: a concept twice, a parent that is neither class nor concept, or a circle of parents.
    """
    manifest = file.manifest
    name = manifest.vocabulary or manifest.name
    if manifest.classes is None:
        if manifest.vocabulary not in (None, "imagenet") or manifest.concepts:
            raise file.error(("classes",), "expected no vocabulary and no concepts beside imagenet's classes")
        return synset_index()
    if name == "imagenet":
        raise file.error(
            ("vocabulary",) if manifest.vocabulary else ("name",),
            "expected another name: imagenet's classes are `classes: imagenet`",
        )
    entries = [*manifest.classes, *manifest.concepts]
    numbers = _Numbers(file)
    names = unique_names((entry.name, entry.id) for entry in entries)
    parents = [numbers.parents(number) for number in range(len(entries))]
    _refuse_circles(file, parents)
    concepts = [
        Concept(name, entry.id, tuple(names[parent] for parent in above), _words(entry))
        for name, entry, above in zip(names, entries, parents, strict=True)
    ]
    classes = [
        SynsetClass(concept.name, entry.name, entry.id, concept.words, concept.name)
        for concept, entry in zip(concepts, manifest.classes, strict=False)
    ]
    return Vocabulary(name, classes, concepts)


class _Numbers:
    """Finds classes and concepts by the names that the manifest gives them; classes come first."""

    def __init__(self, file: ManifestFile) -> None:
        self._file = file
        self._classes: Sequence[Entry] = file.manifest.classes or []
        self._entries = [*self._classes, *file.manifest.concepts]
        self._by_name: dict[str, int] = {}
        self._shared: set[str] = set()
        for number, entry in enumerate(self._entries):
            if entry.name in self._by_name:
                if number >= len(self._classes):
                    what = "a class" if self._by_name[entry.name] < len(self._classes) else "a concept"
                    raise file.error(self._path(number), f"expected each concept once; {entry.name} is {what} already")
                self._shared.add(entry.name)
            self._by_name.setdefault(entry.name, number)

    def parents(self, number: int) -> list[int]:
        """The numbers of what lies right above one."""
        found = []
        for place, parent in enumerate(self._entries[number].parents):
            path = (*self._path(number), "parents", place)
            if parent in self._shared:
                raise self._file.error(path, f"expected the name of one class; several are called {parent}")
            if parent not in self._by_name:
                near = difflib.get_close_matches(parent, self._by_name, 1) if len(self._by_name) < 5000 else []
                hint = f"; did you mean {near[0]}?" if near else ""
                raise self._file.error(
                    path, f"expected the name of a class, or of one of `concepts:`; received {parent}{hint}"
                )
            found.append(self._by_name[parent])
        return found

    def _path(self, number: int) -> Path:
        count = len(self._classes)
        return ("classes", number) if number < count else ("concepts", number - count)


def _refuse_circles(file: ManifestFile, parents: Sequence[Sequence[int]]) -> None:
    """Takes away what has no parents left, again and again; a circle is what stays."""
    children: list[list[int]] = [[] for _ in parents]
    missing = [len(set(above)) for above in parents]
    for number, above in enumerate(parents):
        for parent in set(above):
            children[parent].append(number)
    todo = [number for number, count in enumerate(missing) if count == 0]
    while todo:
        for child in children[todo.pop()]:
            missing[child] -= 1
            if missing[child] == 0:
                todo.append(child)
    if left := [number for number, count in enumerate(missing) if count]:
        classes = file.manifest.classes or []
        first = left[0]
        path: Path = ("classes", first) if first < len(classes) else ("concepts", first - len(classes))
        raise file.error(path, "expected parents that lead up; these form a circle")


def _words(entry: Entry) -> tuple[str, ...]:
    """The name first, as people would write it, then the others, each once."""
    words = [" ".join(word.replace("_", " ").split()) for word in (entry.name, *entry.words)]
    kept: dict[str, str] = {}
    for word in words:
        if word:
            kept.setdefault(word.casefold(), word)
    return tuple(kept.values())
