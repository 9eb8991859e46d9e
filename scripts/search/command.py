"""`image-synset search`: find photos by a photo, by words, or like an indexed one."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from scripts.connection import connect
from scripts.search.page import write_page
from scripts.search.searcher import Results, Searcher
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings

_REASONS = 3


@click.command()
@click.option(
    "--image", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Find photos like this file."
)
@click.option("--features", is_flag=True, help="With --image: rank by deep features (see index --features).")
@click.option("--keyword", metavar="WORDS", help="Find photos of something, such as cat or 'sports car'.")
@click.option("--like", metavar="ID", help="Find photos like the indexed document with this id.")
@click.option("--size", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Hits to show.")
@click.option(
    "--top-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Synsets of --image to search with."
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page with the pictures.")
@as_json
@connection_options
def search(
    settings: Settings,
    image: Path | None,
    features: bool,
    keyword: str | None,
    like: str | None,
    size: int,
    top_k: int,
    html: Path | None,
    as_json: bool,
) -> None:
    """Find photos, each with its score and why: the synsets that query and photo share.

    \b
    Examples:
      image-synset search --image cat.jpg
      image-synset search --image cat.jpg --features
      image-synset search --keyword "sports car" --size 20 --html cars.html
      image-synset search --like 3f5a… --json
    """
    if sum(given is not None for given in (image, keyword, like)) != 1:
        raise click.UsageError("Expected exactly one of --image, --keyword and --like.")
    if features and image is None:
        raise click.UsageError("Expected --image with --features: the features are those of a photo.")
    searcher = Searcher(connect(settings), settings.index, size)
    if image is not None:
        results = searcher.by_features(image) if features else searcher.by_image(image, top_k)
        title = f"Photos like {image.name}"
    elif keyword is not None:
        results, title = searcher.by_keyword(keyword), f"Photos of {keyword}"
    else:
        assert like is not None
        results, title = searcher.like(like), f"Photos like document {like}"
    if html is not None:
        write_page(html, title, results, image)
    if as_json:
        click.echo(json.dumps(results.as_dict()))
    else:
        print_results(title, results)


def print_results(title: str, results: Results) -> None:
    """A table of hits on standard output."""
    table = Table(title=f"{title}  ({results.took_ms} ms)", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("score", justify="right")
    table.add_column("file", overflow="fold")
    table.add_column("why: query × document", overflow="fold")
    for rank, hit in enumerate(results.hits, 1):
        why = ", ".join(f"{shared.synset} {shared.query:.2f}×{shared.document:.2f}" for shared in hit.why[:_REASONS])
        table.add_row(str(rank), f"{hit.score:.4f}", hit.filename or hit.id, why)
    if results.hits:
        Console().print(table, markup=False)
    else:
        click.echo(f"{title}: nothing found.")
