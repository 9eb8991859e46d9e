"""Weighing, avoiding and leaving out what a photo shows."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect


def weights(page: Page) -> dict[str, float]:
    pairs = (text.rpartition(":") for text in parse_qs(urlsplit(page.url).query)["synset"])
    return {name: float(weight) for name, _, weight in pairs}


def score(card: Locator) -> float:
    """From the text content, because a card that is not laid out yet (`content-visibility`) has no inner text."""
    return float(str(card.locator(".score").text_content()))


def test_a_weight_is_moved(page: Page) -> None:
    page.goto("/?synset=moped:0.4&synset=tiger_cat:0.3")
    expect(page.locator(".card .name").first).to_have_text(re.compile("motorcycle_"))
    slider = page.get_by_label("Weight of moped")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile("moped%3A0&"))
    assert weights(page) == {"moped": 0, "tiger_cat": 0.3}
    expect(page.locator(".card .name").first).to_have_text("chelsea.png")
    page.go_back()
    expect(page.locator(".card .name").first).to_have_text(re.compile("motorcycle_"))


def test_a_synset_is_left_out(page: Page) -> None:
    page.goto("/?synset=moped:0.4&synset=tiger_cat:0.3")
    page.get_by_role("button", name="Leave out moped").click()
    page.wait_for_url("**/?synset=tiger_cat*")
    assert weights(page) == {"tiger_cat": 0.3}
    expect(page.locator(".card .name").first).to_have_text("chelsea.png")
    page.get_by_role("button", name="Leave out tiger cat").click()
    # nothing is left: everything
    page.wait_for_url(re.compile(r":\d+/$"))


def test_a_synset_is_avoided_and_says_so_in_the_hit(page: Page) -> None:
    page.goto("/?synset=tiger_cat:0.4&synset=tabby:0.2&rank=inner_product")
    expect(page.locator(".card .name").first).to_have_text("chelsea.png")
    before = score(page.locator(".card").first)
    page.get_by_role("button", name="Avoid tabby").click()
    page.wait_for_url(re.compile("tabby%3A-0.5"))
    expect(page.locator(".card .bar.against").first).to_contain_text("tabby")
    chelsea = page.locator(".card", has_text="chelsea.png")
    assert score(chelsea) < before
    expect(page.get_by_role("button", name="Avoid tabby")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Avoid tabby").click()
    page.wait_for_url(re.compile("tabby%3A0.5"))


def test_the_order_may_be_by_cosine(page: Page) -> None:
    page.goto("/?synset=tiger_cat:0.4&synset=tabby:0.2")
    page.get_by_label("Order").select_option("most similar overall first")
    page.wait_for_url("**rank=cosine")
    # cosine doesn't know how sure the model is: longer than the inner product of two such vectors
    expect(page.locator(".card .score").first).to_have_text(re.compile(r"0\.[5-9]|1\.00"))
