"""Searching in the gallery: by words, by a photo, by more like this; the address, facets and pages."""

import base64
import re
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from playwright.sync_api import Page, expect

from tests.integration.gallery.conftest import SYNTHETIC

TABBY = re.compile("synset=tiger_cat")


def names(page: Page) -> list[str]:
    return page.locator(".card .name").all_text_contents()


def search_by_words(page: Page, words: str) -> None:
    page.get_by_label("What the photo shows").fill(words)
    page.get_by_label("What the photo shows").press("Enter")


def test_it_opens_with_all_photos(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text(f"{9 + 1 + 1 + SYNTHETIC} photos")
    expect(page.locator(".card img").first).to_be_visible()


def test_words_find_photos_with_why_and_the_back_button_goes_back(page: Page) -> None:
    page.goto("/")
    search_by_words(page, "cat")
    page.wait_for_url("**/?words=cat")
    first = page.locator(".card").first
    expect(first.locator(".name")).to_have_text("chelsea.png")
    # until it says so, these are the photos from before the search
    expect(first.get_by_label("Why it was found")).to_be_visible()
    # the mass of the concept, alone in the sum
    expect(first.locator(".bar")).to_have_count(1)
    mass = first.locator(".bar span").last.text_content()
    expect(first.locator(".score")).to_have_text(str(mass))
    expect(first.locator(".bar").first).to_contain_text("cat")
    search_by_words(page, "motorcycle")
    expect(page.locator(".card .name").first).to_have_text(re.compile("motorcycle_"))
    page.go_back()
    expect(page.locator(".card .name").first).to_have_text("chelsea.png")
    expect(page.get_by_label("What the photo shows")).to_have_value("cat")


def test_unknown_words_are_reported_and_leave_no_photos(page: Page) -> None:
    page.goto("/")
    search_by_words(page, "blorb")
    expect(page.get_by_role("alert")).to_contain_text("found [blorb]")
    expect(page.locator(".card")).to_have_count(0)


def test_a_chosen_photo_finds_its_like_as_the_template_does(
    page: Page, photos: str, es: Elasticsearch, shipped: Path
) -> None:
    page.goto("/")
    page.set_input_files("#file", shipped / "motorcycle_left.png")
    expect(page.get_by_role("heading", name="Photos like motorcycle_left.png")).to_be_visible()
    page.wait_for_url(re.compile("synset=moped"))
    image = base64.b64encode((shipped / "motorcycle_left.png").read_bytes()).decode()
    params = {"image": image, "size": 40, "similarity": "kinds"}
    hits = es.search_template(index=photos, id="search-by-image", params=params)["hits"]["hits"]
    ranked = [hit["_source"].get("filename", hit["_id"]) for hit in hits]
    # the photo itself is shown as such, first
    expected = ["motorcycle_left.png", *(name for name in ranked if name != "motorcycle_left.png")]
    expect(page.locator(".card .score").first).to_have_text("same photo")
    assert names(page)[: len(expected)] == expected
    # the address alone finds the same
    page.goto(page.url)
    expect(page.locator(".card").first).to_be_visible()
    assert names(page)[: len(expected)] == expected


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_photo_may_be_dropped_or_pasted(page: Page, shipped: Path, how: str) -> None:
    page.goto("/")
    data = base64.b64encode((shipped / "chelsea.png").read_bytes()).decode()
    transfer = page.evaluate_handle(
        """(data) => {
            const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "mine.png", { type: "image/png" }));
            return transfer;
        }""",
        data,
    )
    if how == "drop":
        page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
        expect(page.get_by_text("Drop the photo to find others like it")).to_be_visible()
        page.dispatch_event("body", "drop", {"dataTransfer": transfer})
        expect(page.get_by_text("Drop the photo to find others like it")).to_be_hidden()
    else:
        page.evaluate(
            """(clipboardData) => {
                document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
            }""",
            transfer,
        )
    page.wait_for_url(TABBY)
    expect(page.get_by_role("heading", name="Photos like mine.png")).to_be_visible()
    expect(page.locator(".card .name").first).to_have_text("chelsea.png")


def test_more_like_this_leaves_itself_out(page: Page) -> None:
    page.goto("/?words=motorcycle")
    page.get_by_role("button", name="More like motorcycle_left.png").click()
    page.wait_for_url("**/?like=*")
    expect(page.get_by_role("heading", name="Photos like motorcycle_left.png")).to_be_visible()
    expect(page.locator(".card .name").first).to_have_text("motorcycle_right.png")
    expect(page.locator(".card", has_text="motorcycle_left.png")).to_have_count(0)
    expect(page.get_by_label("Weight of moped")).to_be_visible()
    # opened again, nothing is known but the address
    page.goto(page.url)
    expect(page.get_by_role("heading", name="Photos like motorcycle_left.png")).to_be_visible()


def test_facets_narrow_and_are_given_up(page: Page) -> None:
    page.goto("/")
    status = page.get_by_role("region", name="Filters").or_(page.get_by_role("complementary", name="Filters"))
    failed = status.get_by_role("button", name="failed 1")
    failed.click()
    page.wait_for_url("**/?status=failed")
    expect(page.get_by_role("status")).to_have_text("1 photo")
    assert names(page) == ["broken.jpg"]
    expect(page.locator(".unanalyzed")).to_contain_text("truncated")
    page.get_by_role("button", name="Remove the filter failed").click()
    expect(page.get_by_role("status")).to_have_text(f"{9 + 1 + 1 + SYNTHETIC} photos")


def test_a_photo_that_failed_or_waits_says_so_first(page: Page, photos: str, es: Elasticsearch) -> None:
    technical = "sidecar: expected a connection, found none; " * 20
    waiting = {"filename": "waits.jpg", "image_analysis": {"status": "pending", "error": {"reason": technical}}}
    es.index(index=photos, id="waits", document=waiting, pipeline="_none", refresh=True)
    try:
        page.goto("/?status=pending")
        card = page.locator(".unanalyzed")
        expect(card).to_contain_text(
            "Not analyzed yet: the sidecar was unavailable. image-synset backfill analyzes it."
        )
        expect(card).to_have_attribute("title", technical)
        page.goto("/?words=entity")
        expect(page.locator(".card").first).to_be_visible()
        expect(page.locator(".facet", has_text="Analysis")).to_have_count(0)
    finally:
        es.delete(index=photos, id="waits", refresh=True)
    page.goto("/?status=failed")
    expect(card).to_have_attribute("title", re.compile("truncated"))
    cut = "(card) => card.scrollHeight > card.clientHeight || card.firstChild.offsetTop > 16"
    assert not card.evaluate(cut), "the status is not on top, or something is cut off"
    assert card.locator(".reason").evaluate("(reason) => getComputedStyle(reason).webkitLineClamp") == "3"


def test_where_nothing_is_analyzed_the_analysis_is_a_facet(page: Page) -> None:
    answer = {"took_ms": 1, "total": 2, "facets": {"things": [], "top_synset": [], "status": [["pending", 2]]}}
    page.route("**/api/facets", lambda route: route.fulfill(json=answer))
    page.goto("/")
    expect(page.locator(".facet", has_text="Analysis")).to_contain_text("pending")


def test_a_kind_of_thing_is_all_classes_under_it(page: Page) -> None:
    page.goto("/?words=entity")
    kind = page.locator(".facet", has_text="Kind of thing").get_by_role("button").first
    count = kind.locator(".count").inner_text()
    kind.click()
    page.wait_for_url("**things=*")
    expect(page.get_by_role("status")).to_have_text(f"{count} photos")


def test_pages_follow_by_scrolling_until_all_are_there(page: Page) -> None:
    page.goto("/")
    everything = 9 + 1 + 1 + SYNTHETIC
    expect(page.locator(".card").first).to_be_visible()
    while (count := page.locator(".card").count()) < everything:
        page.mouse.wheel(0, 20_000)
        expect(page.locator(".card")).not_to_have_count(count)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    assert len(set(names(page))) == everything


def test_without_a_mouse(page: Page) -> None:
    page.goto("/?words=motorcycle")
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the photos")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("button.picture").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    second = page.locator("button.picture").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("What the photo shows")).to_be_focused()


def test_more_like_this_by_keyboard_keeps_the_focus(page: Page) -> None:
    page.goto("/?words=motorcycle")
    picture = page.get_by_role("button", name="More like motorcycle_left.png")
    picture.focus()
    room = "(picture) => parseFloat(getComputedStyle(picture.parentElement).paddingTop)"
    assert picture.evaluate(room) >= 2 + 2, "the focus ring is clipped"
    picture.press("Enter")
    expect(page.get_by_label("Weight of moped")).to_be_visible()
    expect(page.get_by_role("heading", name="Photos like motorcycle_left.png")).to_be_focused()


@pytest.mark.parametrize("address", ["/?words=cat&status=pending", "/?words=blorb"])
def test_no_photos_are_not_a_dead_end(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(address)
    everything = page.get_by_role("link", name="Show all photos")
    expect(everything).to_be_visible()
    if "blorb" in address:
        expect(page.get_by_role("button", name="Filters", exact=True)).to_be_hidden()
    everything.click()
    expect(page.locator(".card").first).to_be_visible()
    expect(everything).to_be_hidden()
