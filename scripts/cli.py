"""`image-synset`: image search for Elasticsearch from the command line."""

import click

from scripts.lazy_commands import LazyCommands, OrderedGroup
from scripts.local.host.processes import termination_as_interrupt

_COMMANDS = LazyCommands(
    {
        "up": "scripts.stack.up",
        "down": "scripts.stack.down",
        "status": "scripts.stack.status",
        "doctor": "scripts.doctor.command",
        "serve": "scripts.stack.serve",
        "setup": "scripts.setup.command",
        "index": "scripts.indexing.command",
        "watch": "scripts.watching.command",
        "backfill": "scripts.backfill.command",
        "search": "scripts.search.command",
        "gallery": "scripts.gallery.command",
        "words": "scripts.words.command",
        "demo": "scripts.demo.command",
        "evaluate": "scripts.evaluate.command",
        "quantize": "scripts.quantize",
        "tune": "scripts.tune.command",
        "model": "scripts.model.command",
        "bench": "scripts.bench.command",
        "size": "scripts.sizing.command",
    }
)


@click.group(
    cls=OrderedGroup,
    commands=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="image-synset")
@click.pass_context
def main(context: click.Context) -> None:
    """Image search for Elasticsearch.

    \b
    First steps:
      image-synset up                             start Elasticsearch and the sidecar on this machine
      image-synset setup                          put templates, pipelines and scripts
      image-synset index ~/Pictures               index a folder of photos
      image-synset watch ~/Pictures               the same, and every new photo when it appears
      image-synset search --keyword "sports car"  find them by words
      image-synset search --image cat.jpg         find photos like one
      image-synset gallery --open                 the same in the browser
      image-synset down                           stop

    Every command but serve takes --json, and every connection option an environment variable: IMAGE_SYNSET_URL,
    IMAGE_SYNSET_INDEX, IMAGE_SYNSET_API_KEY, IMAGE_SYNSET_USERNAME, IMAGE_SYNSET_PASSWORD, IMAGE_SYNSET_CA_CERTS.
    """
    context.with_resource(termination_as_interrupt())
