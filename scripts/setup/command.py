"""`image-synset setup`: give Elasticsearch the templates, pipelines and scripts."""

import itertools
import json

import click
from elasticsearch import Elasticsearch

from scripts.connection import connect
from scripts.setup.kibana import import_objects
from scripts.shared.assets import left_out, put_assets, put_roles
from scripts.shared.assets.layout import COMPONENT, IMAGENET, Layout
from scripts.shared.errors import NotSetUp
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.versions import INSTALL, PLUGIN, plugin_versions
from scripts.shared.vocabularies import put_vocabularies, served_by_sidecar


@click.command()
@click.option(
    "--kibana-url",
    envvar="IMAGE_SYNSET_KIBANA_URL",
    help="Kibana's address: import the data view, the Discover session and the dashboard too.",
)
@click.option("--roles", is_flag=True, help="Put the roles of es_config/roles too (as an administrator).")
@click.option(
    "--lean/--fields",
    default=None,
    help="Index all scores of a photo in one field, instead of fields for each of ImageNet's 1000 classes.",
)
@click.option(
    "--target",
    "targets",
    metavar="FIELD[=VOCABULARY]",
    multiple=True,
    help="Also map what a processor with this target_field writes; may be repeated.",
)
@click.option(
    "--nested",
    metavar="FIELD[=VOCABULARY]",
    multiple=True,
    help="The same for an array of objects, each with a photo, that a processor foreach goes through.",
)
@as_json
@connection_options
def setup(
    settings: Settings,
    kibana_url: str | None,
    roles: bool,
    lean: bool | None,
    targets: tuple[str, ...],
    nested: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put component and index template, ingest pipelines, stored scripts and search templates.

    If a running sidecar's model has other classes than ImageNet's, setup stores these in the cluster,
    and makes templates for the indices image-synset-<vocabulary> and image-synset-<vocabulary>-*.

    Safe to repeat: it puts the same things again, with --lean, --target and --nested as they were unless given
    otherwise. Indices that exist keep their mappings.

    \b
    Examples:
      image-synset setup --url https://localhost:9200 --ca-certs http_ca.crt --username elastic --roles
      image-synset setup --kibana-url http://127.0.0.1:5601
      image-synset setup --target front --target back
      image-synset setup --nested photos
    """
    es = connect(settings)
    require_plugin(es)
    done: dict[str, list[str]] = {"put": []}
    layout = Layout.stored(es).with_options(lean, targets, nested)
    for asset in itertools.chain(put_assets(es, layout), put_vocabularies(es), put_roles(es) if roles else ()):
        done["put"].append(asset)
        if not as_json:
            click.echo(f"put {asset}")
    if lacked := left_out(es):
        done["left_out"] = lacked
        if not as_json:
            click.echo(
                f"left out {', '.join(lacked)}: a node of this cluster is older than Elasticsearch 9.2 and does not "
                "know it. Run setup again when all are newer: indices that are created then keep their vectors."
            )
    if kibana_url:
        done["imported"] = import_objects(kibana_url, settings)
        if not as_json:
            click.echo("\n".join(f"imported {name}" for name in done["imported"]))
    served = [vocabulary.name for vocabulary in served_by_sidecar(es).get("", [])]
    done["indices"] = indices_to_fill(served, settings.index)
    click.echo(json.dumps(done) if as_json else "\n".join(next_steps(done["indices"])))


def indices_to_fill(vocabularies: list[str], index: str) -> list[str]:
    """The indices to send photos to next, by the vocabularies of the sidecars without a name.

    For ImageNet's, and if no sidecar answers, that is `index`; any other vocabulary has an index of its own.
    """
    return [index if name == IMAGENET else f"{COMPONENT}-{name}" for name in vocabularies or [IMAGENET]]


def next_steps(indices: list[str]) -> list[str]:
    """For each index the command that sends photos to it."""
    command = "image-synset index FOLDER"
    if indices == [Settings.model_fields["index"].default]:
        return [f"Next: {command}"]
    return [f"Next: {command} --index {index}" for index in indices]


def require_plugin(es: Elasticsearch) -> None:
    """Check that every node has the plugin.

    Raises:
        NotSetUp: names the nodes that lack it.
    """
    lacking = [node for node, version in plugin_versions(es).items() if version is None]
    if lacking:
        raise NotSetUp(
            f"Expected the plugin {PLUGIN} on every node; {', '.join(lacking)} lack it. "
            f"{INSTALL} (docs/install.md, 'Your own Elasticsearch')."
        )
