"""Which documents to run again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scripts.backfill.misfits import query as misfit_query
from scripts.shared.document import ANALYSIS, STATUS, Analysis, below, object_or_array
from scripts.shared.pipelines import Place


@dataclass(frozen=True)
class Selection:
    """Those pending, with `failed`, `stale` and `misfits` more of them; or with `query` whatever it finds.

    `field` is the object, or the array of objects, that the analysis is below: its processor's `target_field`.
    """

    failed: bool = False
    stale: bool = False
    misfits: bool = False
    query: dict[str, Any] | None = None
    field: str | None = None

    def as_query(self, now: Analysis, places: Iterable[Place] = ()) -> dict[str, Any]:
        """Elasticsearch's query for them; misfits are looked for at `places`.

        Those are stale whose model or `schema_version` is not that of `now`, an `image_analysis` of this moment.
        """
        if self.query is not None:
            return self.query
        statuses = ["pending", "failed"] if self.failed else ["pending"]
        chosen = [object_or_array(self.field, {"terms": {below(self.field, STATUS): statuses}})]
        if self.stale:
            wanted: dict[str, Any] = {f"model.{key}": value for key, value in now.model.items()}
            if now.schema_version is not None:  # else the plugin is older than this command
                wanted["schema_version"] = now.schema_version
            same = [{"term": {below(self.field, f"{ANALYSIS}.{name}"): value}} for name, value in wanted.items()]
            analyzed = {"term": {below(self.field, STATUS): "ok"}}
            stale = {"bool": {"filter": analyzed, "must_not": {"bool": {"filter": same}}}}
            chosen.append(object_or_array(self.field, stale))
        if self.misfits:
            chosen.append(misfit_query(places))
        return {"bool": {"should": chosen}}
