"""Maven on the right JDK, compiling the plugins against the right Elasticsearch."""

from pathlib import Path

from scripts.local.classpath import ensure_classpath_jar
from scripts.local.distribution import Distribution, ensure_distribution, required_version
from scripts.local.host import processes
from scripts.local.host.locks import exclusive
from scripts.local.host.prerequisites import Jdk, find_maven
from scripts.local.host.report import Report
from scripts.shared.errors import BuildFailed

VERSION = "-Delasticsearch.version="
ES_CONFIG = Path(__file__).resolve().parents[2] / "es_config"


def command(es_config: Path, distribution: Distribution, cache: Path, *arguments: str) -> list[str]:
    """Returns the command line that runs Maven's goals on the plugins; its environment is the JDK's.

    Raises:
        PrerequisiteMissing: there is no Maven.
    """
    classpath = f"-Des.classpath={ensure_classpath_jar(distribution, cache)}"
    return _command(es_config, classpath, f"{VERSION}{distribution.version}", *arguments)


def command_for(version: str, es_config: Path, cache: Path, jdk: Jdk, report: Report, *arguments: str) -> list[str]:
    """Returns the same for any Elasticsearch: the local node's own libraries, or another version's from Maven Central.

    Raises:
        PrerequisiteMissing, DownloadFailed: as ensure_distribution.
    """
    if version != required_version(es_config / "pom.xml"):
        return _command(es_config, f"{VERSION}{version}", *arguments)
    with exclusive(cache / "lock", report, wait=True):
        distribution = ensure_distribution(version, cache, jdk, report)
    return command(es_config, distribution, cache, *arguments)


def _command(es_config: Path, *arguments: str) -> list[str]:
    return [str(find_maven()), "-B", "-f", str(es_config / "pom.xml"), *arguments]


def package(
    es_config: Path, modules: list[str], distribution: Distribution, cache: Path, jdk: Jdk, report: Report
) -> None:
    """Builds the modules without their tests.

    Raises:
        BuildFailed: Maven failed; the message names its log.
    """
    log = cache / "build.log"
    arguments = ["-q", "-Dmaven.test.skip=true", "-pl", ",".join(modules), "package"]
    with report.step("Building the plugin with Maven"):
        maven = command(es_config, distribution, cache, *arguments)
        if processes.run(maven, log=log, env=jdk.environment()) != 0:
            raise BuildFailed(
                f"Expected Maven to build {es_config}, but it failed:\n{processes.last_lines(log)}\n"
                f"All of it: {log}. Fix the sources (or the connection) and run the command again."
            )
