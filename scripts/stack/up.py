"""`image-synset up`: starts the local Elasticsearch and the sidecar."""

import click

from scripts.local.distribution import is_supported
from scripts.local.host.prerequisites import heap_bytes
from scripts.local.model_option import known_model
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.options import as_json


def _heap(_context: click.Context, _parameter: click.Parameter, heap: str | None) -> str | None:
    try:
        if heap is not None:
            heap_bytes(heap)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return heap


def _pairs(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str] | None:
    pairs = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"expected KEY=VALUE, received {pair!r}")
        pairs[key] = value
    return pairs or None


def _supported(_context: click.Context, _parameter: click.Parameter, version: str | None) -> str | None:
    if version is not None and not is_supported(version):
        raise click.BadParameter(f"expected 8.19.x or 9.x.y, such as 8.19.13; received {version}")
    return version


@click.command()
@click.option(
    "--elasticsearch",
    callback=_supported,
    metavar="X.Y.Z",
    help="Elasticsearch's version, such as 8.19.13.  [default: the one used here last, else ELASTICSEARCH_HOME's, "
    "else the project's]",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Elasticsearch's port.  [default: 9200, or a free one]")
@click.option(
    "--sidecar-port",
    type=click.IntRange(1, 65535),
    help="The sidecar's port.  [default: 8500, or a free one]",
)
@click.option(
    "--model",
    envvar="SIDECAR_MODEL",
    callback=known_model,
    help="The sidecar's model: a name such as vgg16 or efficientnet_lite0, or a folder with a model of yours; auto: "
    "vgg16 if its weights are here.  [default: auto]",
)
@click.option(
    "--secure/--no-secure",
    default=None,
    help="Have Elasticsearch ask for a password, which the other commands find in the state folder.  [default: as "
    "before, at first without]",
)
@click.option("--heap", callback=_heap, help="Elasticsearch's heap, such as 512m.  [default: 1g]")
@click.option(
    "--node-setting",
    "node_settings",
    multiple=True,
    callback=_pairs,
    metavar="KEY=VALUE",
    help="A line for elasticsearch.yml; may be repeated.",
)
@click.option(
    "--sidecar-env",
    "sidecar_environment",
    multiple=True,
    callback=_pairs,
    metavar="KEY=VALUE",
    help="An environment variable for the sidecar; may be repeated.",
)
@as_json
def up(
    elasticsearch: str | None,
    port: int | None,
    sidecar_port: int | None,
    model: str | None,
    secure: bool | None,
    heap: str | None,
    node_settings: dict[str, str] | None,
    sidecar_environment: dict[str, str] | None,
    as_json: bool,
) -> None:
    """Start a local Elasticsearch with the plugin, and the sidecar.

    The first time downloads Elasticsearch and builds the plugin. What runs already keeps running, unless its
    sources or options changed. An option that is not given keeps its current value.

    \b
    Examples:
      image-synset up
      image-synset up --secure   # status says where the password is
    """
    stack = Stack()
    status = stack.up(
        StackOptions(
            elasticsearch=elasticsearch,
            port=port,
            sidecar_port=sidecar_port,
            model=model,
            secure=secure,
            heap=heap,
            node_settings=node_settings,
            sidecar_environment=sidecar_environment,
        )
    )
    if as_json:
        click.echo(status.model_dump_json())
        return
    click.echo(f"Elasticsearch {status.elasticsearch.version}  {status.elasticsearch.url}")
    if status.elasticsearch.password_file:
        click.echo(f"Log in as elastic with the password in {status.elasticsearch.password_file}")
    click.echo(f"Sidecar {status.sidecar.model} ({status.sidecar.runtime})  {status.sidecar.url}")
    click.echo(f"Logs: {', '.join(map(str, stack.logs.values()))}")
