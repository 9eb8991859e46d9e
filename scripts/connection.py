"""The commands' connection: to the address that was given, or else to the running local stack."""

from typing import Any

from elasticsearch import Elasticsearch

from scripts.local.login import with_login
from scripts.local.state import StackState, state_file
from scripts.shared.client import open_client
from scripts.shared.errors import CliError
from scripts.shared.hints import start_elasticsearch
from scripts.shared.settings import Settings

# a bulk waits for the sidecar, which on a small machine takes its time
_REQUEST_SECONDS = 300


def connect(settings: Settings, **options: Any) -> Elasticsearch:
    """A client for --url, or for the running local stack; `options` are the client's own.

    Raises:
        CliError: neither is there.
    """
    return open_client(address(settings), with_login(settings), request_timeout=_REQUEST_SECONDS, **options)


def address(settings: Settings) -> str:
    """Elasticsearch's address: the one given, or else the running local stack's.

    Raises:
        CliError: neither is there.
    """
    if settings.url:
        return settings.url
    state = StackState.load(state_file(settings.state_dir))
    url = state.url_of("elasticsearch")
    if url is not None and not state.listens("elasticsearch"):
        raise CliError(
            f"The local stack's Elasticsearch does not listen at {url} yet, or lost that port to another one."
        )
    if url is None:
        raise CliError(f"No --url (or IMAGE_SYNSET_URL) was given and no local stack runs. {start_elasticsearch()}.")
    return url
