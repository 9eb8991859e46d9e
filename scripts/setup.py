"""`image-synset setup`: give Elasticsearch the templates, pipelines and scripts."""

import json

import click
from elasticsearch import Elasticsearch

from scripts.assets import put_assets
from scripts.client import connect
from scripts.errors import NotSetUp
from scripts.options import as_json, connection_options
from scripts.settings import Settings

PLUGIN = "ingest-image-synset"


@click.command()
@as_json
@connection_options
def setup(settings: Settings, as_json: bool) -> None:
    """Put component and index template, ingest pipelines, stored scripts and search templates.

    Safe to repeat: it puts the same things again. Indices that exist keep their mappings.

    \b
    Example:
      image-synset setup --url https://localhost:9200 --ca-certs http_ca.crt --username elastic
    """
    es = connect(settings)
    require_plugin(es)
    done = []
    for asset in put_assets(es):
        done.append(asset)
        if not as_json:
            click.echo(f"put {asset}")
    if as_json:
        click.echo(json.dumps({"put": done}))


def require_plugin(es: Elasticsearch) -> None:
    """Check that every node that may ingest has the plugin.

    Raises:
        NotSetUp: names the nodes that lack it.
    """
    nodes = es.nodes.info(metric="plugins", filter_path="nodes.*.name,nodes.*.roles,nodes.*.plugins.name")["nodes"]
    lacking = [
        node["name"] for node in nodes.values() if PLUGIN not in {plugin["name"] for plugin in node.get("plugins", [])}
    ]
    if lacking:
        raise NotSetUp(
            f"Expected the plugin {PLUGIN} on every node; {', '.join(sorted(lacking))} lack it. "
            "Install it there with bin/elasticsearch-plugin and restart the node (README, 'Your own Elasticsearch')."
        )
