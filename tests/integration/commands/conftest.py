"""Seven hundred real photos in one index, for the tests that judge searches among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from scripts.evaluate.command import by_content, index_photos
from scripts.shared.photos import Photo, find_photos


@dataclass(frozen=True)
class RealPhotos:
    """Their index, and the photos by the ids of their documents."""

    index: str
    photos: dict[str, Photo]


@pytest.fixture(scope="session")
def real_photos(es: Elasticsearch, test_data: Path) -> Iterator[RealPhotos]:
    photos = by_content(find_photos([test_data / "cats_dogs", test_data / "imagenet_dev"]))
    index = index_photos(es, "image-synset", photos)
    es.indices.refresh(index=index)
    assert es.count(index=index)["count"] == len(photos) == 700
    yield RealPhotos(index, photos)
    es.indices.delete(index=index)
