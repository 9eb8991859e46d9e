"""`image-synset status`: who answers, and whether it is ready."""

import click

from scripts.local.health import StackStatus, elasticsearch_status
from scripts.local.stack import Stack
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings


@click.command()
@as_json
@connection_options
def status(settings: Settings, as_json: bool) -> None:
    """Show Elasticsearch's and the sidecar's address and state; exit code 1 unless both are ready."""
    found = Stack(settings).status()
    if settings.url:
        found.elasticsearch = elasticsearch_status(settings.url, settings)
    click.echo(found.model_dump_json() if as_json else _table(found))
    if not found.ready:
        if not as_json and settings.url is None:
            logs = ", ".join(map(str, Stack(settings).logs.values()))
            click.echo(f"Start what is missing with `image-synset up`. Logs: {logs}", err=True)
        raise click.exceptions.Exit(1)


def _table(found: StackStatus) -> str:
    elasticsearch, sidecar = found.elasticsearch, found.sidecar
    model = f"{sidecar.model} ({sidecar.runtime})" if sidecar.model else None
    rows = [
        ("Elasticsearch", elasticsearch.ready, elasticsearch.version, elasticsearch.url),
        ("Sidecar", sidecar.ready, model, sidecar.url),
    ]
    return "\n".join(f"{name:14}{_state(ready):10}{what or '-':34}{url or '-'}" for name, ready, what, url in rows)


def _state(ready: bool) -> str:
    return "ready" if ready else "not ready"
