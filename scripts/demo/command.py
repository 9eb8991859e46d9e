"""`image-synset demo`: the main job on real photos, from nothing to hits."""

import json
from dataclasses import replace
from pathlib import Path

import click
from elasticsearch import Elasticsearch

from scripts.connection import connect
from scripts.demo.photos import shipped_photos
from scripts.indexing import Indexer
from scripts.local.stack import Stack
from scripts.search import Searcher, print_results, write_page
from scripts.shared.account import print_reasons
from scripts.shared.assets import put_assets
from scripts.shared.errors import CliError
from scripts.shared.options import as_json
from scripts.shared.photos import Choice, LeftOut, Photo, find_photos
from scripts.shared.photos.options import photo_options
from scripts.shared.pipelines import MAX_IMAGE_BYTES
from scripts.shared.settings import Settings

_QUERY = "motorcycle-left.png"  # the other one should be found
_INDEX = "image-synset-demo"  # apart from the user's own photos

# in one query, by default (index.max_terms_count)
_MOST_TERMS = 65_536


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--keyword", default="cat", show_default=True, help="Words to search by.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("demo/results.html"),
    show_default=True,
    help="Page to write.",
)
@photo_options
@as_json
def demo(folder: Path | None, keyword: str, html: Path, choice: Choice, as_json: bool) -> None:
    """Start everything, index FOLDER (or photos that come with scikit-image), and search by photo and by word.

    \b
    Examples:
      image-synset demo
      image-synset demo ~/Pictures --keyword dog
    """
    left_out = LeftOut()
    choice = replace(choice, max_bytes=MAX_IMAGE_BYTES)
    photos = list(find_photos([folder], choice, left_out)) if folder else shipped_photos()
    index = Settings().index if folder else _INDEX
    if not photos:
        raise CliError(f"Expected photos in {folder}, found none.{left_out.sentence()}")
    settings = Settings()
    Stack(settings).up()
    es = connect(settings)
    for _ in put_assets(es):
        pass
    account = Indexer(es, index, left_out=left_out).run(photos)
    searcher = Searcher(es, index, size=5)
    query = _most_confident(es, index, photos) if folder else next(photo for photo in photos if photo.name == _QUERY)
    by_keyword, by_image = searcher.by_keyword(keyword), searcher.by_image(query.path, top_k=10)
    html.parent.mkdir(parents=True, exist_ok=True)
    write_page(html, f"Photos like {query.name}", by_image, query.path)
    if as_json:
        found = {"keyword": by_keyword.as_dict(), "image": by_image.as_dict()}
        click.echo(json.dumps({"index": account.as_dict(), **found, "html": str(html)}))
        return

    click.echo(f"\n{account.indexed} photos indexed, {account.skipped} were there already.\n")
    account.left_out.print()
    if account.failures:
        click.echo(f"{len(account.failures)} were not:", err=True)
        print_reasons((failure["file"], failure["reason"]) for failure in account.failures)
    print_results(f"By keyword: {keyword}", by_keyword)
    click.echo()
    print_results(f"By image: {query.name}", by_image)
    click.echo(f"\nThe same with pictures: {html}\n\nGo on:")
    if not folder:
        click.echo("  make demo PHOTOS=~/Pictures                                 your own photos")
    click.echo(
        f"  .venv/bin/image-synset gallery --index {index} --open         look around in the browser\n"
        f"  .venv/bin/image-synset search --index {index} --keyword cat   (or --image FILE; see --help)\n"
        f"  curl '{Stack(settings).elasticsearch_url}/{index}/_count'\n"
        "  .venv/bin/image-synset down                                 stop Elasticsearch and the sidecar"
    )


def _most_confident(es: Elasticsearch, index: str, photos: list[Photo]) -> Photo:
    """The photo with the highest top score: whether others are like it is easiest to judge.

    Raises:
        CliError: none was analyzed.
    """
    by_name = {photo.name: photo for photo in photos}
    sort = [{"top_score": "desc"}, {"filename": "asc"}]
    query = {"terms": {"filename": list(by_name)[:_MOST_TERMS]}}
    hits = es.search(index=index, query=query, sort=sort, size=1, source_includes=["filename"])["hits"]["hits"]
    if not hits or not hits[0]["sort"][0]:
        raise CliError("Expected a photo that could be analyzed, found none: see `image-synset doctor`.")
    return by_name[hits[0]["_source"]["filename"]]
