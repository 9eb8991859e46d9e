"""The result of one check."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """What was found, and what to do about it where it is not ok."""

    check: str
    status: Status
    found: str
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def backfill(index: str, field: str | None, *more: str) -> str:
    """The command that runs documents of an index again, for one of their photos where `field` is given."""
    return " ".join(("image-synset backfill", *more, *(("--field", field) if field else ()), f"--index '{index}'"))
