"""Documents whose parts don't fit together, and indices whose copies of documents come apart."""

from collections.abc import Iterator

from elasticsearch import Elasticsearch

from scripts.backfill import MISFIT_FIELD, misfit_mappings, misfit_query
from scripts.doctor.finding import Finding, backfill
from scripts.shared.pipelines import places_of

# every document's source is looked at
_SECONDS = 20
_PROBLEMS = {"image": "have an image beside a finished analysis", "synsets": "have synsets of two photos"}


def check_misfits(es: Elasticsearch, index: str) -> Iterator[Finding]:
    """How many documents are ok and have an image too, or other synsets than synset_names lists."""
    places = places_of(es, index)
    found = es.search(
        index=index,
        size=0,
        query=misfit_query(places),
        runtime_mappings=misfit_mappings(places),
        aggregations={"kind": {"terms": {"field": MISFIT_FIELD}}},
        timeout=f"{_SECONDS}s",
        ignore_unavailable=True,
    )
    if "aggregations" not in found:
        return
    fix = f"{backfill(index, None, '--misfits')}, with --from FOLDER for those without their image"
    more = f" or more: not all were looked at in {_SECONDS} s" if found["timed_out"] else ""
    for bucket in found["aggregations"]["kind"]["buckets"]:
        problem = f"{index}: {bucket['doc_count']}{more} {_PROBLEMS[bucket['key']]}: written without their pipeline"
        yield Finding("documents", "warning", problem, fix)
