"""The vocabularies of the sidecars' models, against those that the cluster has and that indices hold."""

from collections.abc import Iterator
from functools import cached_property

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding
from scripts.doctor.indices import mapped_below
from scripts.shared.assets.layout import IMAGENET
from scripts.shared.errors import NotSetUp
from scripts.shared.pipelines import route_of
from scripts.shared.vocabularies import PREFIX, Vocabulary, served_by_sidecar, stored

_SHOWN = 5


class Vocabularies:
    """What the cluster has and what sidecars serve, each asked once: every sidecar sends all of its vocabulary."""

    def __init__(self, es: Elasticsearch) -> None:
        self._es = es

    @cached_property
    def stored(self) -> dict[str, Vocabulary]:
        """Those of the cluster by name."""
        return stored(self._es)

    @cached_property
    def served(self) -> dict[str, list[Vocabulary]]:
        """Those of the models by the name of the sidecars, which is empty for those without one."""
        return served_by_sidecar(self._es)


def check_vocabularies(vocabularies: Vocabularies) -> Iterator[Finding]:
    """Each that a sidecar serves is stored as it serves it; ImageNet's is not reported, which the plugin has."""
    there = vocabularies.stored
    served = {one.hash: one for many in vocabularies.served.values() for one in many if one.name != IMAGENET}
    for vocabulary in served.values():
        name = vocabulary.name
        if name not in there:
            found = f"sidecars serve the vocabulary {name} ({vocabulary.hash[:8]}), which the cluster does not have"
            yield Finding("vocabularies", "error", found, "image-synset setup")
        elif there[name].hash != vocabulary.hash:
            yield _different(vocabulary, there[name])
        else:
            found = f"{name} ({vocabulary.hash[:8]}), {len(vocabulary.classes)} classes: as sidecars serve it"
            yield Finding("vocabularies", "ok", found)


def check_index_vocabulary(
    es: Elasticsearch, vocabularies: Vocabularies, index: str, field: str | None
) -> Iterator[Finding]:
    """The cluster has the vocabulary that an index holds, and the sidecars of its pipeline serve it."""
    found = es.options(ignore_status=404).indices.get_mapping(index=index).body
    if "error" in found:
        return  # another check reports it
    known, serving = vocabularies.stored, vocabularies.served
    for name, state in sorted(found.items()):
        ours = mapped_below(state["mappings"], field).get("synset_names")
        if ours is None:
            continue  # another check reports it
        held = ours.get("meta", {}).get("vocabulary", IMAGENET)
        where = f"{name} below {field}" if field else name
        if held != IMAGENET and held not in known:
            problem = f"{where} holds the vocabulary {held}, which the cluster does not have: words find nothing in it"
            fix = f"image-synset setup while a sidecar with its model runs, or restore {PREFIX}{held}"
            yield Finding("vocabularies", "error", problem, f"{fix} (a component template) from a backup.")
        try:
            sidecar = route_of(es, name, field).sidecar
        except NotSetUp:
            continue  # no pipeline of the index's own analyzes such photos
        serves = {one.name for one in serving.get(sidecar or "", [])}
        if serves and held not in serves:
            which = f"with the name {sidecar}" if sidecar else "without a name"
            problem = f"{where} holds the vocabulary {held}, but the sidecars {which} serve {', '.join(sorted(serves))}"
            fix = (
                "Serve a model with its classes there, or name in the pipeline the sidecar that does (option sidecar)."
            )
            yield Finding("vocabularies", "error", problem, f"Photos wait as pending meanwhile. {fix}")


def _different(served: Vocabulary, there: Vocabulary) -> Finding:
    lost, new = (sorted(set(a.classes) - set(b.classes)) for a, b in ((there, served), (served, there)))
    changes = [f"{what} {_listed(names)}" for what, names in (("lacks", lost), ("adds", new)) if names]
    found = (
        f"sidecars serve the vocabulary {served.name} as {served.hash[:8]}, the cluster has {there.hash[:8]}: "
        f"the sidecars' {' and '.join(changes) or 'has other words or concepts'}"
    )
    if lost:
        fix = (
            "Documents hold names of classes, so none may be removed: give the new vocabulary another name "
            "(vocabulary: in model.yaml)."
        )
        return Finding("vocabularies", "error", found, fix)
    return Finding("vocabularies", "warning", found, "image-synset setup")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
