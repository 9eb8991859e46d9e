from typing import Any

from scripts.bench.storage.size import fields


def takes(total: int, postings: int = 0, **others: int) -> dict[str, Any]:
    """A field of an answer of _disk_usage, as Elasticsearch writes it, each number also as text."""
    inverted_index = {"total": f"{postings}b", "total_in_bytes": postings}
    texts = {name: f"{number}b" for name, number in others.items()}
    numbers = {f"{name}_in_bytes": number for name, number in others.items()}
    return {"total": f"{total}b", "total_in_bytes": total, "inverted_index": inverted_index, **texts, **numbers}


def test_fields_are_gathered_by_the_first_part_of_their_path_and_the_largest_is_first() -> None:
    usage = {
        "synset.tabby.score": takes(300, doc_values=300),
        "synset.tabby.wind": takes(120, 100, norms=5, points=5, term_vectors=10),
        "_source": takes(5000, stored_fields=5000),
        "features": takes(580, knn_vectors=580),
    }
    found = {field.field: field for field in fields(usage, docs=10)}
    assert list(found) == ["_source", "features", "synset"]
    synset = found["synset"]
    assert (synset.bytes_per_doc, synset.postings, synset.doc_values, synset.stored) == (42, 12, 30, 0)
    assert (found["_source"].stored, found["features"].vectors) == (500, 58)
    assert sum(field.share for field in found.values()) == 1


def test_fields_below_a_thousandth_are_one_row() -> None:
    usage = {"large": takes(10_000, 10_000), "a.b": takes(4, doc_values=4), "c": takes(6, 6)}
    large, others = fields(usage, docs=2)
    assert (large.field, others.field) == ("large", "all others")
    assert (others.bytes_per_doc, others.postings, others.doc_values) == (5, 3, 2)
