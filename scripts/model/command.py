"""`image-synset model`: writes a manifest, tries it on photos, converts what needs TensorFlow."""

import click

from scripts.model.check import check
from scripts.model.convert import convert
from scripts.model.init import init


@click.group()
def model() -> None:
    """Serve a model of your own: a folder with the network's file and a manifest, model.yaml.

    \b
    From a file to searching:
      image-synset model init shop/model.keras --labels labels.txt
      image-synset model check shop photo.jpg
      image-synset up --model shop
    """


model.add_command(init)
model.add_command(check)
model.add_command(convert)
