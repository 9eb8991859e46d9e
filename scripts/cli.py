"""`image-synset`: image search for Elasticsearch from the command line."""

import click

from scripts.backfill.command import backfill
from scripts.bench.command import bench
from scripts.demo import demo
from scripts.doctor.command import doctor
from scripts.evaluate.command import evaluate
from scripts.gallery.command import gallery
from scripts.indexing.command import index
from scripts.local.commands.down import down
from scripts.local.commands.status import status
from scripts.local.commands.up import up
from scripts.local.host.processes import termination_as_interrupt
from scripts.quantize import quantize
from scripts.search.command import search
from scripts.setup.command import setup
from scripts.watching.command import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="image-synset")
@click.pass_context
def main(context: click.Context) -> None:
    """Image search for Elasticsearch.

    \b
    A first walk:
      image-synset up                             start Elasticsearch and the sidecar on this machine
      image-synset setup                          put templates, pipelines and scripts
      image-synset index ~/Pictures               index a folder of photos
      image-synset watch ~/Pictures               the same, and every new photo when it appears
      image-synset search --keyword "sports car"  find them by words
      image-synset search --image cat.jpg         find photos like one
      image-synset gallery --open                 the same in the browser
      image-synset down                           stop

    Every command takes --json, and every connection option an environment variable: IMAGE_SYNSET_URL,
    IMAGE_SYNSET_INDEX, IMAGE_SYNSET_API_KEY, IMAGE_SYNSET_USERNAME, IMAGE_SYNSET_PASSWORD, IMAGE_SYNSET_CA_CERTS.
    """
    context.with_resource(termination_as_interrupt())


for command in (
    *(up, down, status, doctor, setup),
    *(index, watch, backfill, search, gallery),
    *(demo, evaluate, quantize, bench),
):
    main.add_command(command)
