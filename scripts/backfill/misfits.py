"""Documents whose parts don't fit together: an image beside a finished analysis, or synsets of two photos.

Documents of older days have them, and those that were written without their pipeline.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from scripts.shared.document import ANALYSIS, STATUS, Source, below, value_at
from scripts.shared.pipelines import Place

FIELD = "image_synset_misfit"

# no field that is indexed says so: an image has no doc values, and synsets are objects
_SCRIPT = """
def at(def value, def path) {
  if (path == null) { return value; }
  for (String name : path.splitOnToken('.')) { value = value instanceof Map ? value[name] : null; }
  return value;
}
def source = params._source;
for (place in params.places) {
  def ours = at(source, place.target);
  if (!(ours instanceof Map) || at(ours, 'image_analysis.status') != 'ok') { continue; }
  def image = place.image == null ? null : at(source, place.image);
  if (image != null && image != '') { emit('image'); }
  def synsets = ours['synset'] instanceof Map ? ours['synset'].keySet() : new HashSet();
  def names = ours['synset_names'];
  if (!synsets.equals(new HashSet(names instanceof List ? names : names == null ? [] : [names]))) { emit('synsets'); }
}
"""


def runtime_mappings(places: Iterable[Place]) -> dict[str, Any]:
    """A field of a search with what is wrong at any of the places: `image`, `synsets`, both, or nothing."""
    script = {"source": _SCRIPT, "params": {"places": [asdict(place) for place in sorted(places, key=str)]}}
    return {FIELD: {"type": "keyword", "script": script}}


def query(places: Iterable[Place]) -> dict[str, Any]:
    """Elasticsearch's query for them: the script looks only at documents that the index finds first."""
    analyzed = [{"term": {below(place.target, STATUS): "ok"}} for place in places]
    return {"bool": {"filter": [{"bool": {"should": analyzed}}, {"exists": {"field": FIELD}}]}}


def is_misfit(source: Source, place: Place) -> bool:
    """Whether something is wrong at one place of a document."""
    analysis, synsets, names = (
        value_at(source, below(place.target, name)) for name in (ANALYSIS, "synset", "synset_names")
    )
    if not isinstance(analysis, dict) or analysis.get("status") != "ok":
        return False
    listed = names if isinstance(names, list) else [] if names is None else [names]
    mixed = set(listed) != set(synsets if isinstance(synsets, dict) else {})
    return mixed or bool(place.image and value_at(source, place.image))
