"""The connection to Elasticsearch."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError
from scripts.shared.settings import Settings


def open_client(url: str, settings: Settings, **options: Any) -> Elasticsearch:
    """A client for one address, with the login of the settings."""
    if settings.ca_certs and url.startswith("https:"):  # the client refuses it for others
        options["ca_certs"] = str(settings.ca_certs)
    if settings.api_key:
        options["api_key"] = settings.api_key.get_secret_value()
    elif settings.username and settings.password:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    try:
        return Elasticsearch(url, **options)
    except ValueError as error:
        raise CliError(f"--url: expected an address such as http://127.0.0.1:9200, received {url} ({error})") from None
