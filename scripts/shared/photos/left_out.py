"""Files that are not read, by kind."""

from dataclasses import dataclass, field
from typing import Any

import click

from scripts.shared.terminal.printable import printable

# in the order in which they are reported; what each is called
KINDS = {
    "raw": "raw photos",
    "video": "videos",
    "too large": "too large",
    "unreadable": "unreadable",
    "linked outside": "linked outside the folder",
    "special": "pipes or devices",
    "hidden": "hidden",
    "system": "in folders of the system",
    "excluded": "excluded",
    "other": "other files",
}
# those that people want by name: they may have thought them read
_NAMED = ("raw", "too large", "unreadable", "linked outside", "special")
_SHOWN = 3


@dataclass
class LeftOut:
    """Names of files that are left out, by kind (one of `KINDS`); `reasons` of those that should have been read."""

    files: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, name: str, reason: str | None = None) -> None:
        """A file; `reason` where it could not be read."""
        self.files.setdefault(kind, []).append(name)
        if reason is not None:
            self.reasons[name] = reason

    @property
    def count(self) -> int:
        """Files of all kinds."""
        return sum(map(len, self.files.values()))

    def as_dict(self) -> dict[str, Any]:
        """`{kind: {"count", "files"}}`."""
        return {
            kind: {"count": len(self.files[kind]), "files": self.files[kind]} for kind in KINDS if kind in self.files
        }

    def summary(self) -> str:
        """One line, empty where nothing was left out."""
        parts = []
        for kind, words in KINDS.items():
            names = self.files.get(kind, [])
            if not names:
                continue
            more = ", …" if len(names) > _SHOWN else ""
            shown = f" ({', '.join(map(printable, names[:_SHOWN]))}{more})" if kind in _NAMED else ""
            parts.append(f"{len(names)} {words}{shown}")
        return ", ".join(parts)

    def sentence(self) -> str:
        """The same to go on with, after a sentence."""
        summary = self.summary()
        return f" Left out: {summary}." if summary else ""

    def print(self) -> None:
        """On standard error, where anything was left out."""
        if sentence := self.sentence():
            click.echo(sentence.strip(), err=True)
