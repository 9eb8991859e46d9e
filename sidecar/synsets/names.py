"""Names of classes and concepts that are safe as names of fields in Elasticsearch, from any text in any language."""

import itertools
import unicodedata
from collections.abc import Iterable, Iterator

MAX_BYTES = 128

# to leave room for what distinguishes namesakes
_CUT = 100


def safe_name(text: str) -> str:
    """The text with `_` for what a field's name can't have or what a query would have to escape; "" if nothing is left.

    Letters, digits, marks and symbols of all languages stay; ASCII punctuation but `-` and `_`, spaces, control and
    format characters do not.
    """
    kept = "".join(one if _is_kept(one) else "_" for one in unicodedata.normalize("NFC", text))
    words = "_".join(word for word in kept.split("_") if word)
    cut = words.encode()[:_CUT].decode(errors="ignore")
    return cut.strip("_")


def unique_names(texts: Iterable[tuple[str, str | None]]) -> list[str]:
    """Safe names for (text, id) pairs, in their order; namesakes get their id or a number: `crane_n02012849`.

    Unique ignoring case, and by Java's hash of strings.
    """
    given = [(safe_name(text), safe_name(id_ or "")) for text, id_ in texts]
    folded = [name.casefold() for name, _ in given]
    shared = {name for name, count in _counts(folded).items() if count > 1}
    taken: set[str | int] = set()
    names = []
    for number, (name, id_) in enumerate(given):
        name = name or f"class_{number}"
        candidates = _candidates(name, id_, number, alone=name.casefold() not in shared)
        chosen = next(one for one in candidates if not {one.casefold(), java_hash(one)} & taken)
        taken |= {chosen.casefold(), java_hash(chosen)}
        names.append(chosen)
    return names


def _candidates(name: str, id_: str, number: int, *, alone: bool) -> Iterator[str]:
    if alone:
        yield name
    if id_:
        yield f"{name}_{id_[:20]}"
    yield f"{name}_{number}"
    for more in itertools.count(1):
        yield f"{name}_{number}_{more}"


def java_hash(text: str) -> int:
    """`String.hashCode()` of Java."""
    value = 0
    units = text.encode("utf-16-be")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + high * 256 + low) & 0xFFFFFFFF
    return value


def _counts(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts


def _is_kept(one: str) -> bool:
    if one.isascii():
        return one.isalnum() or one == "-"
    return unicodedata.category(one)[0] not in "CZ"
