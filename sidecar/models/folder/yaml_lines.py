"""YAML as plain data that remembers its lines, so that an error can name one.

Every scalar is text (but null is None): a class called `no` or `1e3` stays what it is, and the manifest's schema makes
numbers of what should be numbers.
"""

from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]

_NULL = "tag:yaml.org,2002:null"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(Exception):
    """`line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """`lines` has the line of each key and item by its path, such as ("classes", 3, "name")."""

    data: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of the path, or of the nearest part of it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Document:
    """Read one document.

    Raises:
        YamlError: it is not YAML, has a key twice, or refers from one place to another.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, f"expected YAML; {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(1, f"expected YAML; {' '.join(str(error).split())}") from None
    except RecursionError:
        raise YamlError(1, "expected YAML; received too many levels of it") from None
    lines: dict[Path, int] = {}
    data = _Walk(lines).data(root, ()) if root is not None else None
    return Document(data, lines)


class _Walk:
    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines
        self._seen: set[int] = set()

    def data(self, node: Any, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == _NULL else node.value
        # an alias is the same node again: a few lines of them could stand for billions of classes
        if id(node) in self._seen:
            raise YamlError(line, "expected no anchors and aliases (& and *)")
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.data(item, (*path, number)) for number, item in enumerate(node.value)]
        found: dict[str, Any] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(at, "expected a key that is text")
            if key.value in found:
                raise YamlError(at, f"expected each key once; received {key.value} twice")
            self._lines[(*path, key.value)] = at
            found[key.value] = self.data(value, (*path, key.value))
        return found
