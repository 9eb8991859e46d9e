"""The documents tell the truth: every setting is in them, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from scripts.shared.settings import Settings as CommandSettings
from sidecar.settings import Settings as SidecarSettings
from tests.conftest import ROOT
from tests.support.project_files import DOCUMENTS, node_settings

SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_every_setting_is_documented() -> None:
    names = {f"SIDECAR_{name.upper()}" for name in SidecarSettings.model_fields}
    names |= {f"IMAGE_SYNSET_{name.upper()}" for name in CommandSettings.model_fields}
    names |= {f"ingest.image_synset.{name}" for name in node_settings()}
    assert len(node_settings()) >= 8
    assert {name for name in names if f"`{name}`" not in SETTINGS} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_setting_is_documented_that_does_not_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    known = {f"SIDECAR_{name.upper()}" for name in SidecarSettings.model_fields}
    assert set(re.findall(r"SIDECAR_[A-Z0-9_]+", text)) <= known
    documented = {
        re.sub(r"^sidecars\.\w+\.", "sidecars.<name>.", name.removeprefix("ingest.image_synset."))
        for name in re.findall(r"ingest\.image_synset\.(?:[a-z_.]|<name>)+", text)
    }
    assert documented <= node_settings()


SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_each_line_on_security_names_its_tests() -> None:
    """Of every table that has such a column, which is the last; and each of them exists."""
    tables = re.findall(r"^\|.*\| tested by \|\n\|[-|]+\|\n((?:\|.*\n)+)", SECURITY, re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    assert len(tables) == 6 and len(lines) > 25
    for line in lines:
        named = re.findall(r"`((?:tests|es_config)/[^`]+)`", line.rstrip(" |").rpartition("| ")[2])
        assert named, line
        for test in named:
            path, _, function = test.partition("::")
            assert (ROOT / path).is_file(), test
            text = (ROOT / path).read_text("utf-8")
            assert f"\ndef {function}(" in text if function else path.endswith(".java") or "\ndef test_" in text, test


def test_a_searched_photo_is_known_for_the_minute_that_is_documented() -> None:
    """To wait for it would be a test of Elasticsearch's own cache."""
    assert "what a search's photo shows, for a minute, by its hash" in SECURITY
    code = (ROOT / "es_config/plugin/src/main/java/org/imagesynset/CachingImageAnalyzer.java").read_text("utf-8")
    assert "KEPT = TimeValue.timeValueMinutes(1);" in code and ".setExpireAfterWrite(KEPT)" in code


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, target
