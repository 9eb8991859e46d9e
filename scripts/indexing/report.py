"""What became of photos that were indexed."""

from dataclasses import dataclass
from typing import Any

from scripts.shared.account import Account


@dataclass(kw_only=True)
class IndexAccount(Account):
    """What became of the photos: sent = indexed + failed + pending + rejected + unknown.

    `skipped` were there already, from the same model. `failed` are kept by Elasticsearch with their reason
    (or were dropped by another pipeline), `pending` are kept until the sidecar is back, `rejected` were refused.
    `unknown` were on their way when the run ended early: they may be there or not, and the next run knows.
    Files that could not be read were never sent; they too are in `failures`.
    """

    sent: int = 0
    indexed: int = 0
    skipped: int = 0
    failed: int = 0
    pending: int = 0
    rejected: int = 0

    @property
    def unknown(self) -> int:
        return self.sent - self.indexed - self.failed - self.pending - self.rejected

    @property
    def begun(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.sent or self.skipped or self.failures)

    def fail(self, file: str, reason: str) -> None:
        self.failures.append({"file": file, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "unknown": self.unknown}
