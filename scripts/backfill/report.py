"""What became of documents that were run again."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class BackfillAccount:
    """What became of the documents: selected = ok + failed + pending + errors + gone + left.

    `ok`, `failed` and `pending` are what the documents say themselves, read back afterwards. `errors` were refused,
    could not be run or are of another model now; they are as they were before. `gone` were deleted by others meanwhile,
    `left` is what an interruption leaves. `conflicts` counts documents read again because others had changed them.
    """

    selected: int = 0
    ok: int = 0
    failed: int = 0
    pending: int = 0
    errors: int = 0
    gone: int = 0
    conflicts: int = 0
    seconds: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.ok + self.failed + self.pending + self.errors + self.gone

    @property
    def left(self) -> int:
        return self.selected - self.done

    def report(self, index: str, id_: str, source: dict[str, Any], reason: str) -> None:
        """Add to `failures` a document that is not ok, with its file's name where it has one."""
        file = source.get("filename")
        named = {"file": file} if isinstance(file, str) else {}
        self.failures.append({"index": index, "id": id_, **named, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "left": self.left}
