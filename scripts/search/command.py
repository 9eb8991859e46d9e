"""`image-synset search`: find photos by a photo, by words, or like an indexed one."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from scripts.connection import connect
from scripts.search.page import write_page
from scripts.search.searcher import SIMILARITY, Hit, Results, Searcher
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.printable import printable

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
@click.option(
    "--similarity",
    type=click.Choice(["kinds", "inner_product", "cosine"]),
    help="How --image and --like compare photos: by the kinds of things they have in common, narrow kinds counting "
    "most (kinds), by the inner product of their scores (inner_product), or by the cosine of the angle between them "
    "(cosine).  [default: kinds]",
)
@click.option("--weak-matches", is_flag=True, help="Also show photos that hardly match.")
@click.option("--field", metavar="PATH", help="Object that holds the analyses: their processor's target_field.")
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
    similarity: str | None,
    weak_matches: bool,
    field: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Find photos, each with its score and why: the kinds of things or synsets that query and photo share.

    Photos that hardly match are left out, and counted.

    \b
    Examples:
      image-synset search --image cat.jpg
      image-synset search --image cat.jpg --keyword dog
      image-synset search --image cat.jpg --features
      image-synset search --keyword "sports car" --size 20 --html cars.html
      image-synset search --keyword bird --weak-matches
      image-synset search --keyword 'cat AND dog'
      image-synset search --keyword 'bird -"polar bear" -duck'
      image-synset search --keyword cat --field front
      image-synset search --like 3f5a… --json
    """
    if sum(given is not None for given in (image, keyword, like)) != 1 and (image is None or like is not None):
        raise click.UsageError("Expected exactly one of --image, --keyword and --like, or --keyword with --image.")
    if features and image is None:
        raise click.UsageError("Expected --image with --features: the features are those of a photo.")
    if features and keyword is not None:
        raise click.UsageError("Expected --features without --keyword.")
    if similarity is not None and (features or (image is None and like is None)):
        raise click.UsageError("Expected --similarity with --image or --like, and without --features.")
    searcher = Searcher(connect(settings), settings.index, size, weak_matches=weak_matches, field=field)
    way = similarity or SIMILARITY
    if image is not None:
        results = searcher.by_features(image) if features else searcher.by_image(image, top_k, way, keyword)
        title = f"Photos like {image.name}" + (f" and of {keyword}" if keyword is not None else "")
    elif keyword is not None:
        results, title = searcher.by_keyword(keyword), f"Photos of {keyword}"
    else:
        assert like is not None
        results, title = searcher.like(like, way), f"Photos like document {like}"
    if html is not None:
        write_page(html, title, results, image)
    if as_json:
        click.echo(json.dumps(results.as_dict()))
    else:
        print_results(title, results)


def print_results(title: str, results: Results) -> None:
    """A table of hits on standard output, and how many there are."""
    for word in results.words:
        if word.note:
            click.echo(word.note)
    way = f", by {results.similarity.replace('_', ' ')}" if results.similarity else ""
    title = printable(title)
    table = Table(title=f"{title}  ({results.took_ms} ms{way})", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("score", justify="right")
    table.add_column("file", overflow="fold")
    table.add_column("why: query × document", overflow="fold")
    for rank, hit in enumerate(results.hits, 1):
        table.add_row(str(rank), rounded(hit.score), printable(hit.filename or hit.id), printable(_why(hit)))
    if results.hits:
        Console().print(table, markup=False)
        if results.total is not None:
            click.echo(_counts(results))
    else:
        weak = results.weak_matches
        click.echo(f"{title}: nothing found{f' but {weak:,} weak matches (--weak-matches)' if weak else ''}.")


def rounded(number: float) -> str:
    """Two digits behind the point, and never as 0 what is more."""
    return "<0.01" if 0 < number < 0.005 else f"{number:.2f}"


def _why(hit: Hit) -> str:
    # kinds that have the same classes under them share the same numbers: the first stands for all
    distinct: dict[tuple[float, float], str] = {}
    for shared in hit.why:
        distinct.setdefault((shared.query, shared.document), shared.synset)
    shown = list(distinct.items())[:_REASONS]
    reasons = [f"{synset} {rounded(query)}×{rounded(document)}" for (query, document), synset in shown]
    return ", ".join(["the same photo", *reasons] if hit.same_image else reasons)


def _counts(results: Results) -> str:
    total = f"{results.total:,} {'photo' if results.total == 1 else 'photos'}"
    weak = results.weak_matches
    return (
        f"{total}, {weak:,} weak {'match' if weak == 1 else 'matches'} (--weak-matches shows them)" if weak else total
    )
