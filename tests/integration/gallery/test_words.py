"""The gallery says what words were taken for, offers others to click, and completes what is typed."""

import re

import pytest
from playwright.sync_api import Page, expect


def words(page: Page) -> str:
    return page.get_by_label("What the photo shows").input_value()


def test_what_was_understood_is_reported_with_others_to_click(page: Page) -> None:
    page.goto("/?words=a kitten in Paris")
    words_read = page.locator("#words-read")
    expect(words_read).to_contain_text("“kitten” is not known: searched for cat instead.")
    expect(words_read).to_contain_text("“Paris” can't be searched for: the model knows no places.")
    expect(page.locator(".card").first).to_contain_text("chelsea")
    words_read.get_by_role("button", name="feline", exact=True).click()
    expect(page).to_have_url(re.compile("words=a\\+feline\\+in\\+Paris"))
    expect(page.locator(".card").first).to_contain_text("chelsea")


def test_where_nothing_is_left_what_is_near_is_a_click_away(page: Page) -> None:
    page.goto("/?words=kitchen")
    expect(page.get_by_role("alert")).to_contain_text("None of these words can be searched for")
    page.locator("#words-read").get_by_role("button", name="stove", exact=True).click()
    expect(page).to_have_url(re.compile("words=stove"))
    expect(page.locator("#words-read")).to_be_empty()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("cat OR coffee", True), ("coffee -cat", False), ('"espresso" AND cat', None), ("animal NOT cat", False)],
)
def test_the_grammar_holds_in_the_gallery(page: Page, typed: str, shown: bool | None) -> None:
    """Whether the cat is among the photos; None: no photo shows both."""
    page.goto("/")
    field = page.get_by_label("What the photo shows")
    field.fill(typed)
    field.press("Enter")
    expect(page.locator("#summary")).not_to_have_text("")
    cat = page.locator(".card", has_text="chelsea")
    if shown:
        expect(cat).to_have_count(1)
    elif shown is None:
        expect(page.locator("#summary")).to_have_text("No photos found.")
    else:
        expect(cat).to_have_count(0)


def test_words_count_beside_a_photo_until_it_is_closed(page: Page) -> None:
    page.goto("/?words=cat")
    page.locator(".card", has_text="chelsea").locator("button.picture").click()
    expect(page.get_by_role("heading", name=re.compile("Photos like"))).to_be_visible()
    field = page.get_by_label("What the photo shows")
    field.fill("coffee")
    field.press("Enter")
    expect(page).to_have_url(re.compile("like=.*words=coffee|words=coffee.*like="))
    expect(page.locator(".card").first).to_contain_text("coffee")
    page.get_by_role("button", name="Search without the photo").click()
    expect(page).to_have_url(re.compile(r"/\?words=coffee$"))
    assert words(page) == "coffee"


def test_what_is_typed_is_completed_by_what_photos_show(page: Page) -> None:
    page.goto("/")
    with page.expect_response("**/api/words"):
        page.get_by_label("What the photo shows").press_sequentially("dog -kitt")
    option = page.locator("#completions option").first
    expect(option).to_have_attribute("value", "dog -kitten")
    expect(option).to_have_text(re.compile(r"\d+ photos?"))


def test_a_page_has_all_words_that_find_something(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="All words you can search for").click()
    page.get_by_role("link", name="kitten", exact=True).click()
    expect(page.locator(".card").first).to_contain_text("chelsea")
    expect(page.locator("#words-read")).to_contain_text("searched for cat instead")
