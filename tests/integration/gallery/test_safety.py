"""What is in documents and files stays text; limits and faults are reported."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.integration.gallery.conftest import HOSTILE


def is_untouched(page: Page) -> bool:
    page.wait_for_timeout(200)  # an onerror would come a little later
    return page.evaluate("window.pwned === undefined && document.querySelectorAll('script').length === 1") is True


def test_a_hostile_document_is_text(page: Page) -> None:
    page.goto("/?words=espresso")
    card = page.locator(".card", has_text="onerror")
    expect(card.locator(".name")).to_have_text(HOSTILE)
    expect(page.locator(".facet", has_text="Most likely")).to_contain_text(HOSTILE)
    assert is_untouched(page)
    card.get_by_role("button").click()
    expect(page.locator("#query h2")).to_have_text(f"Photos like {HOSTILE}")
    assert is_untouched(page)


def test_a_hostile_address_is_text(page: Page) -> None:
    script = "<script>window.pwned=1</script>"
    for address in (f"/?words={script}", f"/?synset={script}:1", f"/?like={script}", f"/?things={script}"):
        page.goto(address)
        expect(
            page.get_by_role("alert").or_(page.locator("#chosen button")).filter(has_text="pwned").first
        ).to_be_visible()
        assert is_untouched(page)


def test_a_hostile_file_name_is_text(page: Page, shipped: Path) -> None:
    page.goto("/")
    page.set_input_files(
        "#file", {"name": HOSTILE, "mimeType": "image/png", "buffer": (shipped / "coffee.png").read_bytes()}
    )
    expect(page.locator("#query h2")).to_have_text(f"Photos like {HOSTILE}")
    assert is_untouched(page)


def test_what_is_not_a_photo_is_reported(page: Page) -> None:
    page.goto("/")
    page.set_input_files("#file", {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not an image"})
    expect(page.get_by_role("alert")).to_contain_text("expected an image")
    expect(page.locator("#query")).to_be_hidden()


def test_what_is_not_a_photo_leaves_what_was_there(page: Page) -> None:
    page.goto("/")
    page.goto("/?words=cat")
    first = page.locator(".card .name").first
    expect(first).to_have_text("chelsea.png")
    page.set_input_files("#file", {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not an image"})
    expect(page.get_by_role("alert")).to_contain_text("expected an image")
    expect(first).to_have_text("chelsea.png")
    expect(page.get_by_label("What the photo shows")).to_have_value("cat")
    page.go_back()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator(".card").first).to_be_visible()


def test_a_photo_too_large_is_reported_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(21 * 2**20))
    page.goto("/")
    sent: list[str] = []
    expect(page.locator(".card").first).to_be_visible()
    page.on("request", lambda request: "/api/" in request.url and sent.append(request.url))
    page.set_input_files("#file", large)
    expect(page.get_by_role("alert")).to_contain_text("at most 20 MB, but large.jpg has 21 MB")
    assert sent == []
    expect(page.locator(".card").first).to_be_visible()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        # not what ImageNet's model knows: the index may be of another vocabulary
        (
            "/?words=qwrtzx",
            "None of these words can be searched for. Those that can are under “All words you can search",
        ),
        ("/?like=gone", "That photo is not in the index any more."),
    ],
)
def test_an_error_is_shown_in_plain_words(page: Page, address: str, said: str) -> None:
    page.goto(address)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(said)
    technical = alert.get_by_text("Elasticsearch answered")
    expect(technical).to_be_hidden()
    alert.get_by_text("Details").click()
    expect(technical).to_be_visible()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("[breaker_open] expected a working sidecar, found all unavailable", "The sidecar is unavailable or busy"),
        ("no such index [photos]. Has `image-synset setup` been run?", "There is no index photos yet"),
        ("[not_an_image] query image: expected an image", "This file is not an image that can be read here."),
        ("something new", "something new"),
    ],
)
def test_an_error_of_a_known_kind_has_its_sentence(page: Page, reason: str, said: str) -> None:
    page.route("**/api/search", lambda route: route.fulfill(status=503, json={"error": {"reason": reason}}))
    page.goto("/?words=cat")
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_role("alert")).to_contain_text(reason)


def test_the_browser_gets_no_script_from_elsewhere(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/?words=cat")
    expect(page.locator(".card").first).to_be_visible()
    origin = page.evaluate("location.origin")
    assert [url for url in asked if not url.startswith((f"{origin}/", "data:"))] == []
