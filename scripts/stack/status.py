"""`image-synset status`: who answers, and whether it is ready."""

import click

from scripts.connection import address
from scripts.local.health import StackStatus, elasticsearch_status, nodes_sidecar_status
from scripts.local.stack import Stack
from scripts.shared.hints import Place, place, program, start_elasticsearch
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings


@click.command()
@click.option("--url-only", is_flag=True, help="Print nothing but Elasticsearch's address, for scripts.")
@as_json
@connection_options
def status(settings: Settings, url_only: bool, as_json: bool) -> None:
    """Show Elasticsearch's and the sidecar's address and state; exit code 1 unless both are ready.

    With --url, the nodes of that cluster say which sidecars they use, and have a photo analyzed by each.

    \b
    Examples:
      image-synset status
      ES=$(image-synset status --url-only); curl "$ES/_cat/indices"
    """
    if url_only:
        click.echo(address(settings))
        return
    if settings.url:
        found = StackStatus(
            elasticsearch=elasticsearch_status(settings.url, settings),
            sidecar=nodes_sidecar_status(settings.url, settings),
        )
    else:
        found = Stack(settings).status()
    click.echo(found.model_dump_json() if as_json else _table(found))
    if not found.ready:
        if not as_json:
            click.echo(_advice(settings), err=True)
        raise click.exceptions.Exit(1)


def _advice(settings: Settings) -> str:
    if settings.url:
        return f"`{program()} doctor` says what is wrong there."
    if place() is not Place.CLONE:
        return f"{start_elasticsearch()}."
    logs = ", ".join(map(str, Stack(settings).logs.values()))
    return f"Start what is missing with `{program()} up`. Logs: {logs}"


def _table(found: StackStatus) -> str:
    elasticsearch, sidecar = found.elasticsearch, found.sidecar
    model = f"{sidecar.model} ({sidecar.runtime})" if sidecar.runtime else sidecar.model
    rows = [
        ("Elasticsearch", elasticsearch.ready, elasticsearch.version, elasticsearch.url),
        ("Sidecar", sidecar.ready, model, sidecar.url),
    ]
    password = [f"Log in as elastic with the password in {elasticsearch.password_file}"]
    lines = [f"{name:14}{_state(ready):10}{what or '-':34}{url or '-'}" for name, ready, what, url in rows]
    return "\n".join(lines + (password if elasticsearch.password_file else []))


def _state(ready: bool) -> str:
    return "ready" if ready else "not ready"
