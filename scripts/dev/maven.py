"""Maven as `up` runs it, with any goals and options: `python -m scripts.dev.maven verify`.

With `-pl plugin -Delasticsearch.version=8.19.21` it is the same for another Elasticsearch.
"""

import sys

from scripts.local.distribution import required_version
from scripts.local.host import processes
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.maven_build import ES_CONFIG, VERSION, command_for
from scripts.shared.errors import CliError
from scripts.shared.settings import Settings


def main(arguments: list[str]) -> int:
    """Runs Maven with the arguments, its output on this terminal; returns its exit code."""
    cache, report = Settings().cache_dir.absolute(), Report()
    versions = [argument.removeprefix(VERSION) for argument in arguments if argument.startswith(VERSION)]
    try:
        jdk = find_jdk(service_user())
        version = versions[-1] if versions else required_version(ES_CONFIG / "pom.xml")
        maven = command_for(version, ES_CONFIG, cache, jdk, report, *arguments)
    except CliError as error:
        error.show()
        return error.exit_code
    return processes.run(maven, env=jdk.environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
