"""What can go wrong for a user of the commands, as one tree.

CliError
├── PrerequisiteMissing   no JDK, no Maven, too little disk or memory
├── DownloadFailed        Elasticsearch could not be fetched, or what came is not what was promised
├── BuildFailed           Maven or Elasticsearch's plugin installer refused
├── PortTaken             a port asked for belongs to somebody else
├── StackBusy             another `up` or `down` works on the same state folder
├── StateUnusable         a file or folder of the local stack can't be read or reached
├── StartFailed           Elasticsearch or the sidecar ended, or was not ready in time
├── NotSetUp              Elasticsearch lacks the plugin, or what `image-synset setup` puts there
├── SidecarUnavailable    Elasticsearch's nodes can't have an image analyzed now
├── ElasticsearchUnreachable
├── ElasticsearchRefused  Elasticsearch answered with an error
├── KibanaRefused         Kibana can't be reached, or did not take every object
├── NoSynsets             a photo or document that there are no synsets of
├── FilesOutOfReach       an index's files are on another machine, or not for this user
└── Interrupted           Ctrl-C or SIGTERM; what was started has been stopped

`translated` makes these of what Elasticsearch's client raises; commands and the gallery handle nothing else.
"""

import click
from elasticsearch import ApiError, TransportError

from scripts.shared.hints import start_elasticsearch, start_sidecar
from scripts.shared.terminal.printable import printable_lines


class CliError(click.ClickException):
    """An error a user can fix: its message says what was expected, what was found and what to do.

    `exit_code` is the command's, `http_status` the gallery's where the error ends one of its requests.
    """

    exit_code = 1
    http_status = 500

    def format_message(self) -> str:
        """The message as a terminal can take it: it may repeat names that others chose."""
        return printable_lines(self.message)


class PrerequisiteMissing(CliError):
    """The machine lacks something that has to be installed or freed first."""


class DownloadFailed(CliError):
    """Elasticsearch could not be downloaded whole."""


class BuildFailed(CliError):
    """A plugin could not be built or installed; the message names the log file."""


class PortTaken(CliError):
    """A port given explicitly is in use."""


class StackBusy(CliError):
    """Another command holds the lock of the same state folder."""


class StateUnusable(CliError):
    """The state folder, or a file in it, can't be used."""


class StartFailed(CliError):
    """A service did not become ready; the message holds the end of its log."""


class Interrupted(CliError):
    """The user (or the system) asked to stop while the stack was starting."""

    exit_code = 130


class NotSetUp(CliError):
    """Elasticsearch lacks the plugin, or what `image-synset setup` puts there."""


class SidecarUnavailable(CliError):
    """Elasticsearch's nodes can't have an image analyzed now."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Expected Elasticsearch to have an image analyzed, but: {reason}. "
            f"{start_sidecar()}, then run the same command again."
        )


class ElasticsearchUnreachable(CliError):
    """No answer from Elasticsearch, or none that is Elasticsearch's."""

    http_status = 502

    def __init__(self, url: str | None, error: Exception) -> None:
        # the client wraps an error in an error in an error
        while isinstance(error, TransportError) and error.errors:
            error = error.errors[-1]
        super().__init__(
            f"Expected Elasticsearch at {url or 'the local stack'}, found none that answers: "
            f"{str(error).rsplit(': ', 1)[-1]}. "
            f"{start_elasticsearch()}."
        )


class ElasticsearchRefused(CliError):
    """Elasticsearch answered with an error: its own words, and what to do where that is known."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(f"Elasticsearch answered {error.status_code}: {reason(error)}.{_hint(error)}")
        self.http_status = error.status_code


class KibanaRefused(CliError):
    """Kibana can't be reached, or did not take every object."""


class FilesOutOfReach(CliError):
    """An index's files are on another machine, or not for this user to read."""


class NoSynsets(CliError):
    """A photo or document that there are no synsets of."""

    def __init__(self, http_status: int, reason: str) -> None:
        super().__init__(reason)
        self.http_status = http_status


def translated(error: ApiError | TransportError, url: str | None) -> CliError:
    """The same as an error of this tree; `url` is the address that was asked, None for the local stack."""
    return ElasticsearchRefused(error) if isinstance(error, ApiError) else ElasticsearchUnreachable(url, error)


def _hint(error: ApiError) -> str:
    match error.status_code, _type(error):
        case 401, _:
            return " Set --api-key, or --username and --password."
        case 403, _:
            return " The user or API key lacks a privilege."
        case 404, "index_not_found_exception":
            return " Run `image-synset setup` and `image-synset index FOLDER` first, or name another --index."
        case 404, _ if "script" in reason(error):  # a search template, or the script that ranks
            return " Run `image-synset setup` first."
        case 503, _:
            return f" Searches by words need no sidecar. {start_sidecar()}."
        case _:
            return ""


def _type(error: ApiError) -> str | None:
    body = error.body.get("error") if isinstance(error.body, dict) else None
    return body.get("type") if isinstance(body, dict) else None


def reason(error: ApiError) -> str:
    """What went wrong at the root of an answer of Elasticsearch."""
    body = error.body.get("error", error.body) if isinstance(error.body, dict) else error.body
    if isinstance(body, dict):
        innermost = (body.get("root_cause") or [body])[0]
        cause = body.get("caused_by")
        while isinstance(cause, dict):
            innermost, cause = cause, cause.get("caused_by")
        return str(innermost.get("reason") or body.get("reason") or error)
    return str(body or error)
