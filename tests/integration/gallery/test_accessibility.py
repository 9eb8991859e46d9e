"""axe-core finds nothing serious, in light and dark, on a screen and on a phone."""

import json
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, expect

from tests.integration.gallery.conftest import PATIENCE_MS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
}
SCREEN: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}, "color_scheme": "light"}


@pytest.mark.parametrize("device", [SCREEN, PHONE], ids=["light screen", "dark phone"])
@pytest.mark.parametrize("address", ["/", "/?synset=tiger_cat:0.4&synset=moped:-0.5&status=ok"], ids=["all", "mix"])
def test_axe_finds_nothing_serious(browser: Browser, gallery: str, address: str, device: dict[str, Any]) -> None:
    # axe-core itself makes HTML from strings, which the page forbids
    with browser.new_context(base_url=gallery, bypass_csp=True, **device) as context:
        context.request.get(gallery)  # has the token
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        expect(page.locator(".card").first).to_be_visible()
        expect(page.locator("#facets button").first).to_be_attached()
        if device is PHONE:
            page.get_by_role("button", name="Filters", exact=True).click()
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], json.dumps(serious, indent=1)
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "the page scrolls sideways"
