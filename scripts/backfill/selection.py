"""Which documents to run again."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Selection:
    """Those pending, with `failed` and `stale` more of them; or with `query` whatever it finds."""

    failed: bool = False
    stale: bool = False
    query: dict[str, Any] | None = None

    def as_query(self, now: dict[str, Any]) -> dict[str, Any]:
        """Elasticsearch's query for them.

        Those are stale whose model or `schema_version` is not that of `now`, an `image_analysis` of this moment.
        """
        if self.query is not None:
            return self.query
        statuses = ["pending", "failed"] if self.failed else ["pending"]
        chosen: list[dict[str, Any]] = [{"terms": {"image_analysis.status": statuses}}]
        if self.stale:
            same = [{"term": {f"image_analysis.model.{key}": value}} for key, value in now["model"].items()]
            if "schema_version" in now:  # not where the plugin is older than this command
                same.append({"term": {"image_analysis.schema_version": now["schema_version"]}})
            analyzed = {"term": {"image_analysis.status": "ok"}}
            chosen.append({"bool": {"filter": analyzed, "must_not": {"bool": {"filter": same}}}})
        return {"bool": {"should": chosen}}
