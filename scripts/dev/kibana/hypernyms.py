"""Filters of photos by what stands above their best class in WordNet, as Kibana's query language (KQL)."""

from collections.abc import Sequence

from sidecar.synsets.vocabulary import Vocabulary


def kql_filters(index: Vocabulary, hypernyms: Sequence[Sequence[str]]) -> list[str]:
    """One query for each group of concepts: photos whose best class is under one of them.

    The document's own `concepts` can't tell: a dog on a sofa has both, and a tree would show it twice. Groups may
    overlap (a bus is a vehicle and a container): the first group has what it shares with later ones.

    Raises:
        ValueError: names a concept that there is not, or a group for which the earlier ones left no class.
    """
    left = {synset.name: None for synset in index.classes}
    queries = []
    for group in hypernyms:
        unknown = [concept for concept in group if concept not in index.concepts]
        if unknown:
            raise ValueError(f"expected concepts of synsets.json, found {', '.join(unknown)}")
        under = {synset.name for concept in group for synset in index.classes_under(concept)}
        names = [name for name in left if name in under]
        if not names:
            raise ValueError(f"expected classes under {', '.join(group)}, found none that no earlier filter has")
        queries.append(f"top_synset: ({' or '.join(map(_quoted, names))})")
        for name in names:
            del left[name]
    return queries


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
