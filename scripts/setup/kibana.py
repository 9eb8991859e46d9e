"""Give Kibana the objects, through its import."""

import json
from pathlib import Path
from typing import Any

import requests

from scripts.shared.assets import KIBANA_OBJECTS
from scripts.shared.errors import KibanaRefused
from scripts.shared.settings import Settings

_CONNECT_SECONDS, _ANSWER_SECONDS = 5, 120
# Kibana's import answers with a line or two for each object
_MAX_ANSWER = 2**20


def import_objects(url: str, settings: Settings, file: Path = KIBANA_OBJECTS) -> list[str]:
    """Import, over what is there; returns each object's `type/id`.

    `url` may end with a space's path (`/s/<space>`). The login is Elasticsearch's.

    Raises:
        KibanaRefused: names the objects that it did not take, and why.
    """
    try:
        status, answer = _post(f"{url.rstrip('/')}/api/saved_objects/_import", settings, file)
    except requests.RequestException as error:
        raise KibanaRefused(f"--kibana-url: expected Kibana at {url}, found none that answers: {error}") from None
    if status != 200 or "successCount" not in answer:
        hint = " Its login is Elasticsearch's: set --api-key, or --username and --password." if status == 401 else ""
        raise KibanaRefused(f"Kibana answered {status}: {answer.get('message', 'not an answer of its import')}.{hint}")
    if errors := answer.get("errors"):
        raise KibanaRefused("Kibana did not take\n" + "\n".join(_fault(error) for error in errors))
    return [f"{result['type']}/{result['id']}" for result in answer.get("successResults", [])]


def _post(url: str, settings: Settings, file: Path) -> tuple[int, dict[str, Any]]:
    headers = {"kbn-xsrf": "true"}
    login = None
    if settings.api_key:
        headers["Authorization"] = f"ApiKey {settings.api_key.get_secret_value()}"
    elif settings.username and settings.password:
        login = (settings.username, settings.password.get_secret_value())
    with (
        file.open("rb") as objects,
        requests.post(
            url,
            params={"overwrite": "true"},
            headers=headers,
            auth=login,
            files={"file": (file.name, objects, "application/ndjson")},
            verify=str(settings.ca_certs) if settings.ca_certs else True,
            timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
            # to a login page, where it would count as success
            allow_redirects=False,
            stream=True,
        ) as response,
    ):
        try:
            answer = json.loads(response.raw.read(_MAX_ANSWER, decode_content=True))
        except ValueError:
            answer = {}
    return response.status_code, answer if isinstance(answer, dict) else {}


def _fault(error: dict[str, Any]) -> str:
    reason = error.get("error", {})
    missing = ", ".join(f"{one['type']}/{one['id']}" for one in reason.get("references", []))
    return f"{error.get('type')}/{error.get('id')}: {reason.get('message') or missing or reason.get('type')}"
