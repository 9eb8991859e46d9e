"""Chromium without a window, for tests, screenshots and measurements. Needs playwright (extra: dev)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scripts.shared.errors import PrerequisiteMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    # containers and root have no sandbox
    "--no-sandbox",
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
    # it is to talk to the gallery and to nobody else
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def find_chromium() -> str:
    """Path of the system's Chromium.

    Raises:
        PrerequisiteMissing: there is none.
    """
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise PrerequisiteMissing(
        f"Expected a Chromium ({', '.join(_NAMES)}) on the PATH, found none: apt-get install chromium"
    )


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A browser with an empty profile.

    Raises:
        PrerequisiteMissing: there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
