"""`image-synset bench gallery`: how long after a search its photos are painted, in a real browser."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import numpy as np
from elasticsearch import Elasticsearch
from PIL import Image
from werkzeug.serving import make_server

from scripts.bench.searching.browser import chromium
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.index import SyntheticIndex
from scripts.connection import connect
from scripts.gallery import create_app
from scripts.local.host.ports import LOOPBACK, any_free
from scripts.shared.options import as_json, connection_options
from scripts.shared.photos import as_base64
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

# A search, from the change of the address to the frame after the one that shows its photos; [milliseconds, took].
_SEARCH = """async (address) => {
  const answered = new Promise((resolve) => {
    const fetch = window.fetch;
    window.fetch = async (...request) => {
      const response = await fetch(...request);
      if (request[0] === "/api/search") { window.fetch = fetch; response.clone().json().then(resolve); }
      return response;
    };
  });
  const shown = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (document.getElementById("grid").getAttribute("aria-busy") === "true") return;
      observer.disconnect();
      resolve();
    });
    observer.observe(document.getElementById("grid"), { attributes: true });
  });
  const started = performance.now();
  history.pushState({}, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  await shown;
  await Promise.all([...document.querySelectorAll("#grid img")].map((image) => image.complete || image.decode()));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return [performance.now() - started, (await answered).took_ms];
}"""


@click.command()
@click.option("--docs", type=click.IntRange(min=1), default=10_000, show_default=True, help="Documents in the index.")
@click.option("--searches", type=click.IntRange(min=1), default=20, show_default=True, help="Searches that are timed.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=2017,
    show_default=True,
    help="Random seed of the documents and searches.",
)
@as_json
@connection_options
def gallery(settings: Settings, docs: int, searches: int, seed: int, as_json: bool) -> None:
    """Search synthetic documents in the gallery, and compare what a person waits with Elasticsearch's own time.

    Every document has a thumbnail. Needs Chromium and the package playwright. The index
    (<index>-bench-gallery-<docs>) is kept for the next run.

    \b
    Example:
      image-synset bench gallery --docs 10000
    """
    es = connect(settings)
    corpus = Corpus(seed)
    index = SyntheticIndex(f"bench-gallery-{settings.index}-{docs}", docs, shards=1)
    with progress_bar() as progress:
        task = progress.add_task(f"Indexing into {index.name}", total=docs)
        if index.ensure(es, corpus, False, lambda done: progress.advance(task, done)):
            _add_thumbnails(es, index.name)
        task = progress.add_task("Searching", total=searches)
        queries = corpus.queries(searches)
        rows = []
        with _served(es, index.name) as address, chromium() as browser:
            page = browser.new_page(base_url=address, bypass_csp=True)
            page.goto("/")
            page.wait_for_selector(".card")
            for number in range(searches):
                weights = "&".join(f"synset={name}:{score:.6g}" for name, score in queries.synsets(number).items())
                rows.append(page.evaluate(_SEARCH, f"/?{weights}"))
                progress.advance(task)
    _print(docs, np.array(rows), as_json)


@contextmanager
def _served(es: Elasticsearch, index: str) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
    server = make_server(LOOPBACK, any_free(), create_app(es, index), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _add_thumbnails(es: Elasticsearch, index: str) -> None:
    """Noise, which makes the largest files: nobody's thumbnails are slower."""
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", quality=85)
    script = {
        "source": "ctx._source.thumbnail = params.jpeg",
        "params": {"jpeg": as_base64(buffer.getvalue())},
    }
    es.options(request_timeout=3600).update_by_query(index=index, script=script, refresh=True)


def _print(docs: int, rows: "np.ndarray[Any, np.dtype[np.float64]]", as_json: bool) -> None:
    painted, took = rows[:, 0], rows[:, 1]
    found = {
        "docs": docs,
        "searches": len(rows),
        "painted_ms": {f"p{percent}": round(float(np.percentile(painted, percent)), 1) for percent in (50, 95)},
        "elasticsearch_ms": {f"p{percent}": float(np.percentile(took, percent)) for percent in (50, 95)},
        "more_ms": {f"p{percent}": round(float(np.percentile(painted - took, percent)), 1) for percent in (50, 95)},
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{docs} documents, {len(rows)} searches in Chromium, 40 thumbnails each, in milliseconds:")
    for name, key in (
        ("painted after", "painted_ms"),
        ("Elasticsearch's own", "elasticsearch_ms"),
        ("the rest", "more_ms"),
    ):
        click.echo(f"  {name:22}p50 {found[key]['p50']:8.1f}   p95 {found[key]['p95']:8.1f}")  # type: ignore[index]
