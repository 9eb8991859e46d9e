"""Make es_config/component_templates/image-synset.json: explicit mappings of all 1000 synsets.

Dynamic mapping would add 3000 fields one cluster-state update after another while the first documents wait.

Run:    python -m scripts.dev.component_template [--check]
`--check` writes nothing and exits 1 when the file differs from what would be written.
"""

import argparse
import json
import sys
from typing import Any

from scripts.shared.assets import ES_CONFIG
from sidecar.synsets.index import synset_index

TARGET = ES_CONFIG / "component_templates" / "image-synset.json"

KEYWORD = {"type": "keyword"}
STORED_ONLY = {"type": "keyword", "index": False, "doc_values": False}
# pruning would drop frequent tokens and with them documents: every product counts
VECTOR = {"type": "sparse_vector", "index_options": {"prune": False}}
WORDS = {"type": "text", "analyzer": "synset_words"}
NAMES = {"type": "keyword", "fields": {"words": WORDS}}

SYNSET = {
    "properties": {
        "wind": KEYWORD,
        "words": WORDS,
        # read by the stored script, never searched by range
        "score": {"type": "float", "index": False},
    }
}

IMAGE_ANALYSIS = {
    "properties": {
        "status": KEYWORD,
        # what the analysis wrote, for the processor: never searched
        "fields": STORED_ONLY,
        "schema_version": {"type": "integer"},
        "error": {"properties": {"type": KEYWORD, "reason": {"type": "text"}}},
        # what came in the image's field and is not base64: any JSON
        "rejected": {"type": "object", "enabled": False},
        "model": {"properties": {"name": KEYWORD, "version": KEYWORD, "weights_sha256": KEYWORD}},
        "top_k": {"type": "integer"},
        "thumbnail": {"type": "integer"},
        "features": {"type": "integer"},
        "analyzed_at": {"type": "date"},
        "image": {
            "properties": {
                "sha256": KEYWORD,
                "format": KEYWORD,
                "width": {"type": "integer"},
                "height": {"type": "integer"},
                "bytes": {"type": "long"},
            }
        },
    }
}

SETTINGS = {
    "index": {
        # 1000 synsets of three fields, as in the paper
        "mapping.total_fields.limit": 10000,
        # a client that reads a document and writes it again must not lose them
        "mapping.exclude_source_vectors": False,
        "analysis": {
            "char_filter": {
                "underscores": {"type": "mapping", "mappings": ["_ => \\u0020"]},
            },
            "filter": {
                "possessive": {"type": "stemmer", "language": "possessive_english"},
                "plural": {"type": "stemmer", "language": "minimal_english"},
            },
            "analyzer": {
                "synset_words": {
                    "tokenizer": "standard",
                    "char_filter": ["underscores"],
                    "filter": ["possessive", "lowercase", "asciifolding", "plural"],
                }
            },
        },
    }
}


def make() -> str:
    """The component template as text."""
    properties: dict[str, Any] = {
        # base64 is not text to search: kept while pending or failed, removed after success
        "image": {"type": "binary"},
        "filename": KEYWORD,
        "synset": {"properties": {synset.name: SYNSET for synset in synset_index().classes}},
        "synset_vector": VECTOR,
        "synset_unit_vector": VECTOR,
        "synset_norm": {"type": "float"},
        "synset_names": NAMES,
        "top_synset": KEYWORD,
        "top_score": {"type": "float"},
        "concept_vector": VECTOR,
        "concepts": NAMES,
        "thumbnail": STORED_ONLY,
        "image_analysis": IMAGE_ANALYSIS,
    }
    template = {"template": {"settings": SETTINGS, "mappings": {"properties": properties}}}
    return json.dumps(template, indent=1) + "\n"


def main() -> None:
    """Write the file, or compare it with `--check`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        TARGET.write_text(make(), "utf-8")
    elif make() != TARGET.read_text("utf-8"):
        sys.exit(f"{TARGET.name} differs from its sources: run python -m scripts.dev.component_template")


if __name__ == "__main__":
    main()
