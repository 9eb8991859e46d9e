"""What the project's own files say: documents, settings, pinned packages."""

import re
from pathlib import Path

from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLUGIN = ROOT / "es_config" / "plugin" / "src" / "main" / "java" / "org" / "imagesynset"


def node_settings() -> set[str]:
    """Without their prefix `ingest.image_synset.`."""
    source = (PLUGIN / "settings" / "ImageSynsetSettings.java").read_text("utf-8")
    plain = set(re.findall(r'(?:PREFIX \+|dynamicTime\(|dynamicInt\()\s*"([a-z_.]+)"', source))
    # settings that have a name in the middle
    [group] = (name for name in plain if name.endswith("."))
    named = {f"{group}<name>.{last}" for last in re.findall(r'NAMED,\s*"([a-z_]+)"', source)}
    return plain - {group} | named


def pins(lock: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Name → version with its marker, hashes."""
    text = lock.read_text("utf-8").replace("\\\n", " ")
    return {
        line.partition("==")[0]: (line.partition(" --hash")[0].strip(), frozenset(re.findall(r"--hash=(\S+)", line)))
        for line in text.splitlines()
        if "==" in line
    }
