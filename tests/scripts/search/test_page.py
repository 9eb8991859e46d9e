"""The page of results holds whatever people call their files."""

from html.parser import HTMLParser
from pathlib import Path

from scripts.search.page import write_page
from scripts.search.searcher import Hit, Results

HOSTILE = """<img src=x onerror=alert(1)><a href='//evil'>&amp;"'.jpg"""


class Reader(HTMLParser):
    """What a browser makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.alternatives: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.alternatives += [value for name, value in attrs if name == "alt"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_names_are_text(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(page, f"Photos like {HOSTILE}", Results(1, [Hit("1", 0.5, HOSTILE, "AAAA", [])]))
    reader = Reader()
    reader.feed(page.read_text("utf-8"))
    assert reader.texts.count(f"Photos like {HOSTILE}") == 2  # title and heading
    assert reader.texts.count(HOSTILE) == 1
    assert reader.alternatives == [HOSTILE]
    assert (reader.tags.count("img"), reader.tags.count("a")) == (1, 0)
