"""`python -m scripts.release`: the plugin's zips for every supported Elasticsearch, the Python packages, their SBOM.

For those who publish; CI runs it too, so that every version's unit tests are run.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import click

from scripts.local.distribution import supported_versions
from scripts.local.host import processes
from scripts.local.host.prerequisites import Jdk, find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.maven_build import ES_CONFIG, command_for
from scripts.local.plugins import IMAGE_SYNSET, newest_zip
from scripts.release.python_packages import build_packages
from scripts.release.sbom import write_sbom
from scripts.shared.errors import BuildFailed
from scripts.shared.options import as_json
from scripts.shared.settings import Settings

CHECKSUMS = "SHA256SUMS"
SBOM = "image-synset.cdx.json"


def build(versions: Iterable[str], output: Path, es_config: Path, jdk: Jdk, report: Report, *, tests: bool) -> None:
    """Builds one zip a version into the folder, which then holds those and their checksums and no older ones.

    Raises:
        BuildFailed: Maven failed, or the unit tests on that version's class path; the message names the log.
    """
    zips = [_build_zip(version, es_config, jdk, report, tests=tests) for version in versions]
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob(f"{IMAGE_SYNSET.name}-*.zip"):
        old.unlink()
    for built in zips:
        shutil.copyfile(built, output / built.name)
    _write_checksums(output)


def add_packages(root: Path, output: Path, report: Report) -> None:
    """Puts the wheel, the sdist and the SBOM of all that the folder then holds beside the zips, with new checksums.

    Raises:
        BuildFailed: the build backend failed.
    """
    with report.step("Building the Python packages"):
        built = build_packages(root, output)
        write_sbom([*built, *sorted(output.glob("*.zip"))], output / SBOM)
    _write_checksums(output)


def checksums(output: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file in the folder but the checksums, by its name, in the names' order."""
    files = sorted(path for path in output.iterdir() if path.is_file() and path.name != CHECKSUMS)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _write_checksums(output: Path) -> None:
    sums = [f"{sha256}  {name}\n" for name, sha256 in checksums(output).items()]
    (output / CHECKSUMS).write_text("".join(sums))


def _build_zip(version: str, es_config: Path, jdk: Jdk, report: Report, *, tests: bool) -> Path:
    cache = Settings().cache_dir.absolute()
    log = cache / f"build-es{version}.log"
    # Without `clean` a class that is no longer in the sources could stay in the jar.
    goals = ["clean", "verify"] if tests else ["clean", "package", "-Dmaven.test.skip=true"]
    with report.step(f"Building {'and testing ' if tests else ''}the plugin for Elasticsearch {version}"):
        maven = command_for(version, es_config, cache, jdk, report, "-pl", IMAGE_SYNSET.folder, *goals)
        if processes.run(maven, log=log, env=jdk.environment()) != 0:
            raise BuildFailed(
                f"Expected Maven to build {IMAGE_SYNSET.name} for Elasticsearch {version}, but it failed:\n"
                f"{processes.last_lines(log)}\nAll of it: {log}. Fix the sources, or choose a version that Maven "
                "Central has (--version)."
            )
    return newest_zip(es_config, IMAGE_SYNSET, version)


def _versions(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for version in given:
        if not re.fullmatch(r"[89]\.\d+\.\d+", version):
            raise click.BadParameter(f"expected one like 8.19.21 or 9.4.3; received {version!r}")
    return tuple(dict.fromkeys(given))


@click.command()
@click.option(
    "--version",
    "versions",
    multiple=True,
    callback=_versions,
    metavar="X.Y.Z",
    help="Build the plugin for this Elasticsearch only, 8.19 or 9; may be repeated.  [default: every supported one]",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=ES_CONFIG.parent / "dist",
    show_default="dist",
    help="Folder for what is built.",
)
@click.option("--skip-tests", is_flag=True, help="Build without running the unit tests.")
@as_json
def release(versions: tuple[str, ...], output: Path, skip_tests: bool, as_json: bool) -> None:
    """Build the plugin's zips, and the Python package as wheel and sdist, with an SBOM (CycloneDX) and SHA256SUMS.

    The same sources give the same bytes. Elasticsearch accepts only the zip for exactly its version.

    \b
    Examples:
      python -m scripts.release
      python -m scripts.release --version 8.19.10 --skip-tests
      sha256sum --check SHA256SUMS        in dist/
    """
    built = versions or tuple(supported_versions(ES_CONFIG / "pom.xml"))
    report = Report()
    build(built, output, ES_CONFIG, find_jdk(service_user()), report, tests=not skip_tests)
    add_packages(ES_CONFIG.parent, output, report)
    sums = checksums(output)
    if as_json:
        click.echo(json.dumps({"folder": str(output), "versions": list(built), "sha256": sums}))
    else:
        for name, sha256 in sums.items():
            click.echo(f"{sha256}  {output / name}")
