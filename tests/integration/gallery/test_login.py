"""The gallery's login to Elasticsearch is lent to those alone who have its token."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Browser, expect

from scripts.local.host.ports import any_free

GALLERY = (Path(sys.executable).with_name("image-synset"), "gallery", "--json")


def without_token(address: str) -> str:
    return f"http://{urlsplit(address).netloc}"


def test_another_user_of_the_machine_can_search_nothing(gallery: str) -> None:
    here = without_token(gallery)
    for answer in (
        requests.post(f"{here}/api/search", json={}, timeout=60),
        requests.post(f"{here}/api/facets", json={}, timeout=60),
        requests.get(here, timeout=60),
    ):
        assert answer.status_code == 403 and "hits" not in answer.text
    with requests.Session() as session:
        assert session.get(gallery, timeout=60).status_code == 200
        assert session.post(f"{here}/api/search", json={}, timeout=60).json()["hits"]


def test_a_real_browser_keeps_the_token_out_of_its_address_line(browser: Browser, gallery: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{gallery}&words=cat")
        expect(page.locator(".card").first).to_be_visible()
        assert page.url == f"{without_token(gallery)}/?words=cat"
        (cookie,) = context.cookies()
        assert (cookie["sameSite"], cookie["httpOnly"]) == ("Strict", True)


def test_the_browser_that_is_opened_gets_an_address_for_once(photos: str, state_dir: Path, tmp_path: Path) -> None:
    """Its command line is everybody's to read. The gallery listens on all addresses of the machine."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    arguments = ("--index", photos, "--port", str(any_free()), "--host", "0.0.0.0", "--open")
    environment = {**os.environ, "IMAGE_SYNSET_STATE_DIR": str(state_dir), "BROWSER": f"{browser} %s"}
    with subprocess.Popen([*GALLERY, *arguments], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())["url"]
        while not opened.exists():
            assert process.poll() is None
        once = opened.read_text().strip()
        try:
            assert once != printed and without_token(once) == without_token(printed)
            assert urlsplit(printed).hostname not in ("0.0.0.0", None)
            assert requests.get(once, timeout=60).status_code == 200
            assert requests.get(once, timeout=60).status_code == 403
            assert requests.get(printed, timeout=60).status_code == 200
        finally:
            process.terminate()


def test_a_token_of_ones_own_lets_in_and_is_not_printed(photos: str, state_dir: Path) -> None:
    """As the gallery's container is started: the address that is printed is the one that browsers have."""
    port, token = any_free(), "a-token-of-twenty-characters"
    public = f"http://localhost:{port}"
    arguments = ("--index", photos, "--port", str(port), "--host", "0.0.0.0", "--public-url", public)
    environment = {**os.environ, "IMAGE_SYNSET_STATE_DIR": str(state_dir), "IMAGE_SYNSET_GALLERY_TOKEN": token}
    with subprocess.Popen([*GALLERY, *arguments], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["url"] == f"{public}/?token=…"
            assert requests.get(public, timeout=60).status_code == 403
            assert requests.get(f"{public}/?token={token}", timeout=60).status_code == 200
        finally:
            process.terminate()
