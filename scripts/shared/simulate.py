"""What the processor says of an image, without a document: for commands, which never talk to the sidecar themselves."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.document import Analysis, Document

# a 1×1 PNG: asks which model answers
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNoaGgAAAMEAYF1LgG8AAAAAElFTkSuQmCC"
_FIELDS = ("image_analysis", "synset", "thumbnail", "features")


def analyze(
    es: Elasticsearch, image: str, *, pipeline: str | None = None, features: bool = False, sidecar: str | None = None
) -> Document:
    """The document that an image in base64 would become, without the image.

    Args:
        pipeline: a stored one to run it through; else the processor alone, with its options `features` and `sidecar`.
    """
    options = {"features": features, "ignore_failure": True} | ({"sidecar": sidecar} if sidecar else {})
    alone = {"processors": [{"image_synset": options}]}
    simulated = es.ingest.simulate(
        id=pipeline,
        pipeline=None if pipeline else alone,
        docs=[{"_source": {"image": image}}],
        # an image that could not be analyzed would come back whole
        filter_path=["docs.error", *(f"docs.doc._source.{field}" for field in _FIELDS)],
    )
    found: dict[str, Any] = (simulated.get("docs") or [{}])[0]
    if "error" in found:  # of another processor
        return Document(Analysis("failed", found["error"].get("type"), found["error"].get("reason")))
    return Document.read(found.get("doc", {}).get("_source", {}))


def analysis_now(es: Elasticsearch, *, features: bool, sidecar: str | None = None) -> Analysis:
    """What a document's `image_analysis` would be now, by the sidecars of a name or those without one.

    Where the sidecar can't be asked it has no model, and its error says why.
    """
    return analyze(es, _PIXEL, features=features, sidecar=sidecar).analysis
