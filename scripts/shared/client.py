"""The connection to Elasticsearch."""

import re
from collections.abc import Mapping
from typing import Any

from elastic_transport import Transport, TransportApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError
from scripts.shared.settings import Settings

_VERSIONED = re.compile(r"application/vnd\.elasticsearch\+([\w.-]+); *compatible-with=\d+")


class PlainTransport(Transport):
    """Asks for plain JSON, to which every server answers in its own version's way.

    The client by itself asks for the JSON of its own major version, which an older server refuses.
    """

    def perform_request(
        self, method: str, target: str, *, headers: Mapping[str, Any] | DefaultType = DEFAULT, **options: Any
    ) -> TransportApiResponse:
        if not isinstance(headers, DefaultType):
            headers = {name: _VERSIONED.sub(r"application/\1", value) for name, value in headers.items()}
        return super().perform_request(method, target, headers=headers, **options)


def open_client(url: str, settings: Settings, **options: Any) -> Elasticsearch:
    """A client for one address, or for several nodes of one cluster separated by commas, with the settings' login."""
    urls = [one.strip() for one in url.split(",")]
    if settings.ca_certs and urls[0].startswith("https:"):  # the client refuses it for others
        options["ca_certs"] = str(settings.ca_certs)
    if settings.api_key:
        options["api_key"] = settings.api_key.get_secret_value()
    elif settings.username and settings.password:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    try:
        return Elasticsearch(urls, transport_class=PlainTransport, **options)
    except ValueError as error:
        raise CliError(f"--url: expected an address such as http://127.0.0.1:9200, received {url} ({error})") from None
