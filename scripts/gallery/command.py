"""`image-synset gallery`: serves the page on this machine."""

import json
import re
import socket
import webbrowser
from contextlib import suppress
from urllib.parse import urlsplit

import click
import elasticsearch

from scripts.connection import connect
from scripts.gallery.app import create_app
from scripts.gallery.login import Login
from scripts.gallery.server import serve
from scripts.local.host.ports import LOOPBACK, choose
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings

DEFAULT_PORT = 8600
# with an address that is nobody's, to which a route is looked up
_ALL_ADDRESSES = {"0.0.0.0": (socket.AF_INET, "192.0.2.1"), "::": (socket.AF_INET6, "2001:db8::1")}


def _public_url(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """Scheme, name and port alone: the page names its own parts from the root."""
    if given is None:
        return None
    if not re.fullmatch(r"https?://[^/?#@\s]+/?", given):
        raise click.BadParameter(
            f"expected http:// or https:// and a name or address, without a path; received {given}"
        )
    return given.rstrip("/")


def _token(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """It is all that keeps others out, and stands in an address and a cookie."""
    if given is not None and not re.fullmatch(r"[A-Za-z0-9_-]{20,}", given):
        raise click.BadParameter("expected 20 characters or more of A-Z, a-z, 0-9, _ and -, received something else")
    return given


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8600, or a free one]")
@click.option(
    "--host",
    default=LOOPBACK,
    show_default=True,
    help="Address to listen on; 0.0.0.0 for other devices of the network, a phone say.",
)
@click.option(
    "--public-url",
    callback=_public_url,
    help="Address that browsers have for it, behind a proxy or a container's published port: "
    "its host name is accepted.",
)
@click.option(
    "--token",
    envvar="IMAGE_SYNSET_GALLERY_TOKEN",
    show_envvar=True,
    callback=_token,
    help="Access token to use, which is then not printed.  [default: a new one]",
)
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@as_json
@connection_options
def gallery(
    settings: Settings,
    port: int | None,
    host: str,
    public_url: str | None,
    token: str | None,
    open_browser: bool,
    as_json: bool,
) -> None:
    """Serve a page to search one index by a photo, by words, or by "more like this".

    The gallery logs in to Elasticsearch; the browser gets no credentials, only a token, which is part of the printed
    address. Nobody can search without the token: neither other users of this machine nor, with --host, others in the
    network. There the token is sent unencrypted. Ctrl-C stops the gallery.

    \b
    Examples:
      image-synset gallery --open
      image-synset gallery --index image-synset-demo --port 8080
      image-synset gallery --host 0.0.0.0
      image-synset gallery --public-url https://photos.example
    """
    # an address or a login that is wrong is reported here rather than in the page
    with suppress(elasticsearch.AuthorizationException):  # of one who may search, and not ask for this
        connect(settings).info()
    port = choose(port, DEFAULT_PORT, "--port")
    login = Login(token) if token else Login()
    address = public_url or f"http://{_in_address(_reached_at(host))}:{port}"

    def ready() -> None:
        # a token that was given is known there, and here it would stay in logs
        printed = f"{address}/?token=…" if token else login.address(address)
        click.echo(
            json.dumps({"url": printed}, ensure_ascii=False)
            if as_json
            else f"Gallery of {settings.index}: {printed}  (Ctrl-C stops)"
        )
        if open_browser:
            webbrowser.open(login.address_for_once(address))

    # the worker is another process, and the client's connections can't be shared with it
    name = urlsplit(public_url or "").hostname
    serve(
        lambda: create_app(connect(settings), settings.index, login, host, name),
        f"{_in_address(host)}:{port}",
        ready,
    )


def _reached_at(host: str) -> str:
    """The address that others have for this machine, where it listens on all that it has."""
    if host not in _ALL_ADDRESSES:
        return host
    family, elsewhere = _ALL_ADDRESSES[host]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((elsewhere, 9))  # sends nothing
            return str(probe.getsockname()[0])
        except OSError:  # no network
            return socket.gethostname()


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
