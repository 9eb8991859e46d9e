"""Which documents to run again."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Selection:
    """Those pending, with `failed` and `stale` more of them; or with `query` whatever it finds."""

    failed: bool = False
    stale: bool = False
    query: dict[str, Any] | None = None

    def as_query(self, model: dict[str, Any]) -> dict[str, Any]:
        """Elasticsearch's query for them; those of another model than `model` are stale."""
        if self.query is not None:
            return self.query
        statuses = ["pending", "failed"] if self.failed else ["pending"]
        chosen: list[dict[str, Any]] = [{"terms": {"image_analysis.status": statuses}}]
        if self.stale:
            same = [{"term": {f"image_analysis.model.{key}": value}} for key, value in model.items()]
            analyzed = {"term": {"image_analysis.status": "ok"}}
            chosen.append({"bool": {"filter": analyzed, "must_not": {"bool": {"filter": same}}}})
        return {"bool": {"should": chosen}}
