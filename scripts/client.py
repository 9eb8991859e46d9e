"""The connection to Elasticsearch."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.errors import CliError
from scripts.local.state import StackState, state_file
from scripts.settings import Settings

# a bulk waits for the sidecar, which on a small machine takes its time
_REQUEST_SECONDS = 300


def connect(settings: Settings) -> Elasticsearch:
    """A client for --url, or for the running local stack.

    Raises:
        CliError: neither is there.
    """
    url = settings.url or StackState.load(state_file(settings.state_dir)).url_of("elasticsearch")
    if url is None:
        raise CliError("No --url (or IMAGE_SYNSET_URL) was given and no local stack runs: try `image-synset up`.")
    return open_client(url, settings, request_timeout=_REQUEST_SECONDS)


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
