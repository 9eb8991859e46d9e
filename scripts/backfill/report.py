"""What became of documents that were run again."""

from dataclasses import dataclass
from typing import Any

from scripts.shared.account import Account


@dataclass(kw_only=True)
class BackfillAccount(Account):
    """What became of the documents: selected = ok + failed + pending + errors + gone + left.

    `ok`, `failed` and `pending` are what the documents say themselves, read back afterward. `errors` were refused,
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

    @property
    def done(self) -> int:
        return self.ok + self.failed + self.pending + self.errors + self.gone

    @property
    def left(self) -> int:
        return self.selected - self.done

    def report(self, index: str, id_: str, filename: str | None, reason: str) -> None:
        """Add to `failures` a document that is not ok, with its file's name where it has one."""
        named = {"file": filename} if filename is not None else {}
        self.failures.append({"index": index, "id": id_, **named, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "left": self.left}
