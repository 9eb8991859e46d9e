"""People's own words for words that the model knows, as a file has them and as the cluster keeps them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError

PREFIX = "image-synset-words-"

# part of the cluster's state, which every node has in memory
_MOST_WORDS = 20_000
_LONGEST = 200
_ARROW = "=>"


@dataclass(frozen=True)
class OwnWords:
    """By word, what it means in words of the vocabulary."""

    meanings: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> "OwnWords":
        """Read lines such as `katze, Katzen => cat`; empty ones and those that begin with # are left out.

        Raises:
            CliError: a line has another form, a word stands in two, or there are too many.
        """
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CliError(f"Expected a text file in UTF-8, found {path}: {error}") from None
        meanings: dict[str, list[str]] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            words, arrow, meant = line.partition(_ARROW)
            if not arrow or not _list(words) or not _list(meant):
                raise CliError(
                    f"{path}:{number}: expected words => words, such as katze, Katzen => cat, found {line!r}."
                )
            for word in _list(words):
                if len(word) > _LONGEST:
                    raise CliError(
                        f"{path}:{number}: expected words of at most {_LONGEST} characters, found {len(word)}."
                    )
                if word in meanings:
                    raise CliError(f"{path}:{number}: expected each word once, found {word!r} again.")
                meanings[word] = _list(meant)
        if not meanings:
            raise CliError(f"Expected at least one line such as katze, Katzen => cat, found none in {path}.")
        if len(meanings) > _MOST_WORDS:
            raise CliError(f"Expected at most {_MOST_WORDS:,} words, found {len(meanings):,} in {path}.")
        return cls(meanings)

    def put(self, es: Elasticsearch, set_: str) -> None:
        """Store them as a set, in place of the set of that name."""
        meta: dict[str, Any] = {"image_synset": {"words": self.meanings}}
        es.cluster.put_component_template(name=f"{PREFIX}{set_}", template={}, meta=meta)


def remove(es: Elasticsearch, set_: str) -> None:
    """Remove a set; what it said is forgotten at once.

    Raises:
        CliError: there is none of that name.
    """
    if not es.cluster.exists_component_template(name=f"{PREFIX}{set_}"):
        raise CliError(f"Expected a set of words with the name {set_}, found {', '.join(sets(es)) or 'none'}.")
    es.cluster.delete_component_template(name=f"{PREFIX}{set_}")


def sets(es: Elasticsearch) -> dict[str, int]:
    """The names of the sets that are stored, each with how many words it has."""
    answer = es.options(ignore_status=404).cluster.get_component_template(name=f"{PREFIX}*")
    found: dict[str, int] = {}
    for template in answer.body.get("component_templates", []):
        meta = template["component_template"].get("_meta") or {}
        words = meta.get("image_synset", {}).get("words", {})
        found[template["name"].removeprefix(PREFIX)] = len(words)
    return found


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
