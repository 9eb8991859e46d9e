"""What the page may ask for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# of a photo's file; the sidecar's own limit unless it was changed
MAX_IMAGE_BYTES = 20 * 2**20
# base64 is a third longer, and there is some JSON around it
MAX_REQUEST_BYTES = MAX_IMAGE_BYTES * 4 // 3 + 64 * 2**10

# Elasticsearch's index.max_result_window
_MAX_HITS = 10_000

Text = Annotated[str, Field(min_length=1, max_length=1000)]
Base64 = Annotated[str, Field(min_length=1)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(_Request):
    """What to look for: at most one of image, synsets and like, and words; with none of them, everything."""

    image: Base64 | None = None
    synsets: Annotated[dict[Text, float], Field(min_length=1, max_length=1000)] | None = None
    words: Text | None = None
    like: Text | None = Field(default=None, description="id of a document")
    similarity: Literal["kinds", "inner_product", "cosine"] = "kinds"
    weak_matches: bool = Field(default=False, description="whether photos that hardly match are found too")
    photo: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="SHA-256 of the photo searched by; its copies come first"
    )

    @property
    def is_words(self) -> bool:
        """Whether words are all that is looked for."""
        return self.words is not None and self.image is None and self.synsets is None and self.like is None

    @property
    def is_everything(self) -> bool:
        """Whether all photos are looked for, by nothing."""
        return self.image is None and self.synsets is None and self.words is None and self.like is None

    @model_validator(mode="after")
    def _one_input(self) -> "Query":
        if sum(given is not None for given in (self.image, self.synsets, self.like)) > 1:
            raise ValueError("expected at most one of image, synsets and like")
        return self


class Filters(_Request):
    """Facets chosen; a hit must have all of them."""

    things: tuple[Text, ...] = Field(default=(), max_length=20)
    top_synset: tuple[Text, ...] = Field(default=(), max_length=20)
    status: tuple[Text, ...] = Field(default=(), max_length=3)


class FacetsRequest(_Request):
    query: Query = Query()
    filters: Filters = Filters()


class SearchRequest(FacetsRequest):
    from_: int = Field(default=0, ge=0, alias="from")
    size: int = Field(default=40, ge=1, le=100)

    @model_validator(mode="after")
    def _within_window(self) -> "SearchRequest":
        if self.from_ + self.size > _MAX_HITS:
            raise ValueError(f"expected from + size of at most {_MAX_HITS}")
        return self


class WordsRequest(_Request):
    """The beginning of a word, as it is typed."""

    beginning: str = Field(max_length=100)


class SynsetsRequest(_Request):
    """A photo, or a document's id."""

    image: Base64 | None = None
    like: Text | None = None

    @model_validator(mode="after")
    def _one_input(self) -> "SynsetsRequest":
        if (self.image is None) == (self.like is None):
            raise ValueError("expected exactly one of image and like")
        return self
