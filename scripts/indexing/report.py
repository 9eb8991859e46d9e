"""What became of photos that were indexed."""

from dataclasses import dataclass, field
from typing import Any

from scripts.shared.account import Account
from scripts.shared.photos import LeftOut


@dataclass(kw_only=True)
class IndexAccount(Account):
    """What became of the photos: sent = indexed + failed + pending + rejected + unknown.

    `skipped` were there already, from the same model. `failed` are kept by Elasticsearch with their reason
    (or were dropped by another pipeline), `pending` are kept until the sidecar is back, `rejected` were refused.
    `unknown` had no answer yet when the run ended early: they may be indexed or not; the next run checks them.
    `other_vocabulary` of the pending ones are in an index of other classes, where they will never be analyzed.
    Of those in `reduced` a smaller copy was sent. `duplicates` have the bytes of another file of the same run. Files
    that are not read are in `left_out` by kind; those that should have been are in `failures` too.
    """

    sent: int = 0
    indexed: int = 0
    skipped: int = 0
    failed: int = 0
    pending: int = 0
    other_vocabulary: int = 0
    rejected: int = 0
    reduced: list[str] = field(default_factory=list)
    duplicates: list[dict[str, str]] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def unknown(self) -> int:
        return self.sent - self.indexed - self.failed - self.pending - self.rejected

    @property
    def read(self) -> int:
        """Photos that were read: read + left out = files."""
        return self.sent + self.skipped + len(self.duplicates)

    @property
    def started(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.read or self.failures or self.left_out.count)

    def fail(self, file: str, reason: str) -> None:
        self.failures.append({"file": file, "reason": reason})

    def leave_out(self, file: str, reason: str) -> None:
        """A photo that can't be read."""
        self.left_out.add("unreadable", file, reason)
        self.fail(file, reason)

    def as_dict(self) -> dict[str, Any]:
        counts = {name: value for name, value in vars(self).items() if name != "left_out"}
        files = {"files": self.read + self.left_out.count, "read": self.read, "left_out": self.left_out.as_dict()}
        return {**counts, **files, "unknown": self.unknown}
