"""`image-synset gallery`: serves the page on this machine."""

import json
import webbrowser

import click

from scripts.connection import connect
from scripts.gallery.app import create_app
from scripts.gallery.server import serve
from scripts.local.host.ports import LOOPBACK, choose
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings

DEFAULT_PORT = 8600


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8600, or a free one]")
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@as_json
@connection_options
def gallery(settings: Settings, port: int | None, open_browser: bool, as_json: bool) -> None:
    """Serve a page to search one index by a photo, by words, or by "more like this".

    It listens on loopback only and logs in to Elasticsearch itself: the browser gets no credentials. Ctrl-C stops it.

    \b
    Examples:
      image-synset gallery --open
      image-synset gallery --index image-synset-demo --port 8080
    """
    es = connect(settings)
    es.info()  # an address or a login that is wrong is told here rather than in the page
    address = f"http://{LOOPBACK}:{choose(port, DEFAULT_PORT, '--port')}"

    def ready() -> None:
        click.echo(
            json.dumps({"url": address}) if as_json else f"Gallery of {settings.index}: {address}  (Ctrl-C stops)"
        )
        if open_browser:
            webbrowser.open(address)

    # the worker is another process, and the client's connections can't be shared with it
    serve(lambda: create_app(connect(settings), settings.index), address.removeprefix("http://"), ready)
