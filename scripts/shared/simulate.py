"""What the processor would say of an image now."""

from typing import Any

from elasticsearch import Elasticsearch

# a 1×1 PNG: asks which model answers
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNoaGgAAAMEAYF1LgG8AAAAAElFTkSuQmCC"


def analysis_now(es: Elasticsearch, *, features: bool) -> dict[str, Any]:
    """What a document's `image_analysis` would be now.

    Where the sidecar can't be asked, there is no `model` in it, and `error` says why.
    """
    pipeline = {"processors": [{"image_synset": {"features": features}}]}
    simulated = es.ingest.simulate(pipeline=pipeline, docs=[{"_source": {"image": _PIXEL}}])["docs"][0]
    if "error" in simulated:
        return {"error": simulated["error"]}
    analysis: dict[str, Any] = simulated["doc"]["_source"]["image_analysis"]
    return analysis
