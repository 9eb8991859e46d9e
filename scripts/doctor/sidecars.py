"""Every sidecar as every node reaches it: by POST /_image_synset/test and GET /_image_synset/stats."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from scripts.doctor.finding import Finding
from scripts.shared.hints import start_sidecar


@dataclass(frozen=True)
class Reached:
    """One sidecar as one node found it."""

    node: str
    answer: dict[str, Any]

    @property
    def name(self) -> str:
        return _shown_sidecar(self.answer, self.node)

    @property
    def group(self) -> str:
        """The name by which processors ask for it; empty for the sidecars without one."""
        name: str = self.answer.get("name", "")
        return name

    @property
    def setting(self) -> str:
        return f"ingest.image_synset.sidecar{f's.{self.group}' if self.group else ''}.urls"


class Sidecars:
    """Tests the sidecars once, for the several checks that need to know."""

    def __init__(self, es: Elasticsearch) -> None:
        self._es = es

    @cached_property
    def _tested(self) -> dict[str, Any] | ApiError:
        try:
            return self._ask("POST", "test")
        except ApiError as error:
            return error

    @property
    def reached(self) -> list[Reached]:
        """Those that answered or failed; none where the test itself could not be asked for, which is reported once."""
        if isinstance(self._tested, ApiError):
            return []
        return [Reached(node["name"], answer) for node in _nodes(self._tested) for answer in node["sidecars"]]

    @property
    def models(self) -> dict[str, dict[str, list[str]]]:
        """Who serves a model, by the name of the sidecars; the inner key is the model as JSON."""
        served: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for sidecar in self.reached:
            if sidecar.answer["ok"]:
                served[sidecar.group][json.dumps(sidecar.answer["model"], sort_keys=True)].append(sidecar.name)
        return served

    @property
    def served(self) -> list[dict[str, Any]]:
        """The models of all sidecars, whatever their names."""
        return [json.loads(model) for models in self.models.values() for model in models]

    def check_reachable(self) -> Iterator[Finding]:
        """Each has a photo analyzed.

        Raises:
            ApiError: the test could not be asked for.
        """
        if isinstance(self._tested, ApiError):
            raise self._tested
        if unheard := self._tested["_nodes"].get("failed"):
            fix = "See the logs of those that are not named here."
            yield Finding("sidecar", "error", f"{unheard} nodes could not be asked to test their sidecars", fix)
        for sidecar in self.reached:
            answer = sidecar.answer
            if answer["ok"]:
                found = f"{sidecar.name}: {answer['took_millis']} ms, {answer['model']['name']}"
                yield Finding("sidecar", "ok", found)
                continue
            reason = answer["error"]["reason"]
            # what Elasticsearch's entitlements throw where a plugin's policy lacks something
            if "NotEntitled" in reason:
                fix = (
                    "Install the plugin from its zip with bin/elasticsearch-plugin: the policy that lets it use the "
                    "network is in there."
                )
                yield Finding("entitlements", "error", f"{sidecar.name}: {reason}", fix)
            else:
                fix = (
                    f"{start_sidecar()}, or fix {sidecar.setting} in that "
                    "node's elasticsearch.yml. Photos wait as pending meanwhile: image-synset backfill."
                )
                yield Finding("sidecar", "error", f"{sidecar.name}: {answer['error']['type']}: {reason}", fix)

    def check_breakers(self) -> Iterator[Finding]:
        """None is left out at the moment, and the last failures."""
        for node in _nodes(self._ask("GET", "stats")):
            for sidecar in node["sidecars"]:
                name = _shown_sidecar(sidecar, node["name"])
                last = sidecar.get("last_failure")
                failure = f"; last failure at {last['at']}: {last['reason']}" if last else ""
                found = f"{name}: {sidecar['breaker']}, {sidecar['failures']} of {sidecar['requests']} failed{failure}"
                if sidecar["breaker"] == "closed":
                    yield Finding("breaker", "ok", found)
                else:
                    fix = "Fix what the last failure names; the node tries again by itself."
                    yield Finding("breaker", "warning", found, fix)

    def check_models(self) -> Iterator[Finding]:
        """All of one name serve the same: scores of different models don't compare."""
        for group, models in sorted(self.models.items()):
            among = f" among those with the name {group}" if group else ""
            if len(models) > 1:
                found = "; ".join(f"{_shown(model)} at {', '.join(names)}" for model, names in models.items())
                fix = "Start all sidecars of a name with the same SIDECAR_MODEL, SIDECAR_PRECISION and weights."
                yield Finding("models", "error", f"different models{among}: {found}", fix)
            for model in models if len(models) == 1 else ():
                yield Finding("models", "ok", f"{_shown(model)} everywhere{among}")

    def _ask(self, method: str, action: str) -> dict[str, Any]:
        body: dict[str, Any] = self._es.perform_request(
            method, f"/_image_synset/{action}", headers={"Accept": "application/json"}
        ).body
        return body


def _nodes(body: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(body["nodes"].values(), key=lambda node: str(node["name"]))


def _shown_sidecar(sidecar: dict[str, Any], node: str) -> str:
    name = f" ({sidecar['name']})" if "name" in sidecar else ""
    return f"{sidecar['url']}{name} from {node}"


def _shown(model: str) -> str:
    parts = json.loads(model)
    return f"{parts['name']} {parts['version']} ({str(parts['weights_sha256'])[:8]})"
