"""`image-synset doctor`: what is wrong, and what fixes it."""

import json
from collections.abc import Callable, Iterator

import click
from elasticsearch import ApiError, Elasticsearch, TransportError
from rich.console import Console
from rich.table import Table

from scripts.connection import connect
from scripts.doctor.cluster import check_disk, check_elasticsearch, check_plugin, check_templates_size, check_versions
from scripts.doctor.creation import check_creation
from scripts.doctor.drift import check_drift
from scripts.doctor.finding import Finding
from scripts.doctor.indices import check_documents, check_mappings, check_schema
from scripts.doctor.limits import check_limits
from scripts.doctor.misfits import check_misfits
from scripts.doctor.sidecars import Sidecars
from scripts.doctor.vocabularies import Vocabularies, check_index_vocabulary, check_vocabularies
from scripts.shared.errors import CliError, ElasticsearchUnreachable, reason
from scripts.shared.options import as_json, connection_options
from scripts.shared.pipelines import pipelines_of
from scripts.shared.settings import Settings

_COLORS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.command()
@click.option("--field", metavar="PATH", help="Object that holds the analyses to check: a processor's target_field.")
@as_json
@connection_options
def doctor(settings: Settings, field: str | None, as_json: bool) -> None:
    """Check Elasticsearch, the plugin, every sidecar from every node, what setup put, and the documents of --index.

    Each finding says how to fix it. Exit code 1 when one of them is an error. The role image-synset-operator has
    the privileges for all checks; one that is not allowed says so, and the others go on.

    \b
    Examples:
      image-synset doctor
      image-synset doctor --index 'products*' --json
      image-synset doctor --index products --field front
    """
    findings = list(diagnose(settings, field))
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings]))
    else:
        _print(findings)
    if any(finding.status == "error" for finding in findings):
        raise click.exceptions.Exit(1)


def diagnose(settings: Settings, field: str | None = None) -> Iterator[Finding]:
    """Every finding; without Elasticsearch there is one."""
    try:
        es = connect(settings)
        yield from _guarded("elasticsearch", lambda: check_elasticsearch(es))
    except CliError as error:
        yield Finding("elasticsearch", "error", error.message, "Start it, or set --url, --ca-certs and --api-key.")
        return
    except TransportError as error:
        message = ElasticsearchUnreachable(settings.url, error).message
        yield Finding("elasticsearch", "error", message, "Start it, or set --url, --ca-certs and --api-key.")
        return
    for name, check in _checks(es, settings.index, field):
        yield from _guarded(name, check)


def _checks(es: Elasticsearch, index: str, field: str | None) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    sidecars, vocabularies = Sidecars(es), Vocabularies(es)
    yield "elasticsearch", lambda: check_versions(es)
    yield "plugin", lambda: check_plugin(es)
    yield "sidecar", sidecars.check_reachable
    yield "breaker", sidecars.check_breakers
    yield "models", sidecars.check_models
    yield "limits", lambda: check_limits(es, sidecars, pipelines_of(es, index))
    yield "vocabularies", lambda: check_vocabularies(vocabularies)
    yield "vocabularies", lambda: check_index_vocabulary(es, vocabularies, index, field)
    yield "assets", lambda: check_drift(es)
    yield "template size", lambda: check_templates_size(es)
    yield "disk", lambda: check_disk(es)
    yield "index", lambda: check_mappings(es, index, field)
    yield "index", lambda: check_creation(es, index, field)
    yield "documents", lambda: check_documents(es, index, sidecars, field)
    yield "documents", lambda: check_schema(es, index, field)
    yield "documents", lambda: check_misfits(es, index)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A check that Elasticsearch does not answer is a finding too."""
    try:
        yield from check()
    except ApiError as error:
        if error.status_code in (401, 403):
            fix = "Use an API key of the role image-synset-operator (docs/security.md)."
            yield Finding(name, "warning", f"not allowed to look: {reason(error)}", fix)
        else:
            fix = "If the plugin is older than this command, install the newer one; else Elasticsearch's log says more."
            yield Finding(name, "error", f"Elasticsearch answered {error.status_code}: {reason(error)}", fix)
    except CliError as error:
        yield Finding(name, "error", error.message, "image-synset setup")


def _print(findings: list[Finding]) -> None:
    table = Table()
    for column in ("check", "status", "found", "fix"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        color = _COLORS[finding.status]
        table.add_row(finding.check, f"[{color}]{finding.status}[/]", _plain(finding.found), _plain(finding.fix))
    Console().print(table)


def _plain(text: str) -> str:
    """Square brackets are Elasticsearch's quotes here, not rich's markup."""
    return text.replace("[", r"\[")
