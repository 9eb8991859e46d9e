"""Documents whose parts don't fit together: an image beside a finished analysis, or synsets of two photos.

Documents of older days have them, and those that were written without their pipeline.
"""

from collections.abc import Iterable
from typing import Any

from scripts.shared.document import ANALYSIS, Source, value_at

FIELD = "image_synset_misfit"

# no field that is indexed tells: an image has no doc values, and synsets are objects
_SCRIPT = """
def source = params._source;
def analysis = source['image_analysis'];
if (!(analysis instanceof Map) || analysis['status'] != 'ok') { return; }
for (String path : params.images) {
  def value = source;
  for (String name : path.splitOnToken('.')) { value = value instanceof Map ? value[name] : null; }
  if (value != null && value != '') { emit('image'); }
}
def synsets = source['synset'];
def names = source['synset_names'];
if (synsets instanceof Map && names != null) {
  def listed = names instanceof List ? new HashSet(names) : new HashSet([names]);
  if (!listed.equals(synsets.keySet())) { emit('synsets'); }
}
"""


def runtime_mappings(image_fields: Iterable[str]) -> dict[str, Any]:
    """A field of a search with what is wrong: `image`, `synsets`, both, or nothing.

    Args:
        image_fields: where images are that are removed after success.
    """
    script = {"source": _SCRIPT, "params": {"images": sorted(image_fields)}}
    return {FIELD: {"type": "keyword", "script": script}}


def is_misfit(source: Source, image_field: str | None) -> bool:
    """The same of one document; `image_field` is None where images stay after success."""
    analysis, synsets, names = (source.get(name) for name in (ANALYSIS, "synset", "synset_names"))
    if not isinstance(analysis, dict) or analysis.get("status") != "ok":
        return False
    listed = set(names if isinstance(names, list) else [names])
    mixed = isinstance(synsets, dict) and names is not None and listed != set(synsets)
    return mixed or bool(image_field and value_at(source, image_field))


# a script looks only at documents that an index finds first
QUERY: dict[str, Any] = {"bool": {"filter": [{"term": {"image_analysis.status": "ok"}}, {"exists": {"field": FIELD}}]}}
