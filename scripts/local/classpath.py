"""One jar that stands for all of Elasticsearch's: Maven compiles the plugins against it."""

import io
import os
import zipfile
from pathlib import Path
from urllib.parse import quote

from scripts.local.distribution import Distribution

_LINE_BYTES = 72  # the manifest format's limit, without the line's end


def ensure_classpath_jar(distribution: Distribution, cache: Path) -> Path:
    """Returns an empty jar whose manifest lists the distribution's libraries, relative to itself.

    In a cached distribution it is next to them; nothing is written into a distribution of the user's own.
    """
    folder = distribution.home if distribution.home.is_relative_to(cache) else cache
    jar = folder / "classpath.jar"
    content = _jar(classpath_manifest(jar, sorted((distribution.home / "lib").glob("*.jar"))))
    if not jar.is_file() or jar.read_bytes() != content:
        jar.parent.mkdir(parents=True, exist_ok=True)
        jar.write_bytes(content)
    return jar


def classpath_manifest(jar: Path, libraries: list[Path]) -> str:
    folder = jar.parent.resolve()
    entries = " ".join(quote(os.path.relpath(library.resolve(), folder)) for library in libraries)
    return f"Manifest-Version: 1.0\r\n{_wrapped(f'Class-Path: {entries}')}\r\n"


def _wrapped(line: str) -> str:
    """Breaks a header: every further line begins with a space, which the reader removes."""
    first, rest = line[:_LINE_BYTES], line[_LINE_BYTES:]
    width = _LINE_BYTES - 1
    return "".join([first, "\r\n", *(f" {rest[at : at + width]}\r\n" for at in range(0, len(rest), width))])


def _jar(manifest: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as jar:
        # A fixed date: the same libraries give the same bytes.
        jar.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF"), manifest)
    return content.getvalue()
