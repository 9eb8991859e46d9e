"""Asks Elasticsearch and the sidecar who they are and whether they are ready."""

import logging
from pathlib import Path
from typing import Any

import urllib3
from elasticsearch import ApiError, TransportError
from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from scripts.local.plugins import IMAGE_SYNSET
from scripts.shared.client import open_client
from scripts.shared.settings import Settings

_TIMEOUT_SECONDS = 5
_TEST_SECONDS = 60  # a node waits for its sidecar as long as its settings say
_JSON = {"Accept": "application/json"}


class ElasticsearchStatus(BaseModel):
    url: str | None
    version: str | None = None
    ready: bool = False
    password_file: Path | None = None

    @model_serializer(mode="wrap")
    def _without_absent_password(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = serialize(self)
        return {name: value for name, value in fields.items() if value is not None or name != "password_file"}


class SidecarStatus(BaseModel):
    url: str | None
    model: str | None = None
    runtime: str | None = None
    ready: bool = False


class StackStatus(BaseModel):
    elasticsearch: ElasticsearchStatus
    sidecar: SidecarStatus

    @property
    def ready(self) -> bool:
        return self.elasticsearch.ready and self.sidecar.ready


def elasticsearch_status(url: str | None, settings: Settings) -> ElasticsearchStatus:
    """Ready: its health is at least yellow and it has the plugin."""
    if url is None:
        return ElasticsearchStatus(url=None)
    # A starting node does not answer yet: nothing to report.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    status = ElasticsearchStatus(url=url)
    with open_client(url, settings, request_timeout=_TIMEOUT_SECONDS, max_retries=0) as client:
        try:
            status.version = client.info()["version"]["number"]
            health = client.cluster.health()["status"]
            plugins = client.cat.plugins(format="json", h="component").body
        except (ApiError, TransportError):
            return status
    status.ready = health != "red" and {"component": IMAGE_SYNSET.name} in plugins
    return status


def nodes_sidecar_status(url: str, settings: Settings) -> SidecarStatus:
    """The sidecars of a cluster, as every node of it finds them when it has a photo analyzed; ready when all do."""
    with open_client(url, settings, request_timeout=_TEST_SECONDS, max_retries=0) as client:
        try:
            nodes = client.perform_request("POST", "/_image_synset/test", headers=_JSON).body["nodes"]
        except (ApiError, TransportError):
            return SidecarStatus(url=None)
    answers = [answer for node in nodes.values() for answer in node["sidecars"]]
    models = sorted({answer["model"]["name"] for answer in answers if answer["ok"]})
    return SidecarStatus(
        url=", ".join(sorted({answer["url"] for answer in answers})) or None,
        model=", ".join(models) or None,
        ready=bool(answers) and all(answer["ok"] for answer in answers),
    )


def sidecar_status(url: str | None) -> SidecarStatus:
    if url is None:
        return SidecarStatus(url=None)
    try:
        model = _get(f"{url}/v1/model").json()
        ready = _get(f"{url}/health/ready").status == 200
        return SidecarStatus(url=url, model=model.get("name"), runtime=model.get("runtime"), ready=ready)
    except (urllib3.exceptions.HTTPError, ValueError):
        return SidecarStatus(url=url)


def _get(url: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", url, timeout=_TIMEOUT_SECONDS, retries=False)
