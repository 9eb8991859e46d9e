"""What users read of errors."""

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, ConnectionError

from scripts.shared import errors
from scripts.shared.errors import CliError, ElasticsearchRefused, ElasticsearchUnreachable, reason, translated


def api_error(status: int, error: Any) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "127.0.0.1", 9200))
    return ApiError("failed", meta, {"error": error})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"reason": "outer", "root_cause": [{"reason": "root"}]}, "root"),
        ({"reason": "outer", "root_cause": [{"reason": "outer"}], "caused_by": {"reason": "inner"}}, "inner"),
        ({"reason": "1", "caused_by": {"reason": "2", "caused_by": {"reason": "3", "caused_by": None}}}, "3"),
        ({"reason": "alone"}, "alone"),
        ("plain text", "plain text"),
    ],
)
def test_the_innermost_reason_is_reported(error: Any, said: str) -> None:
    assert reason(api_error(400, error)) == said


@pytest.mark.parametrize(
    ("status", "type_", "said", "hint"),
    [
        (401, "security_exception", "missing credentials", "--api-key"),
        (403, "security_exception", "unauthorized", "privilege"),
        (404, "index_not_found_exception", "no such index [x]", "`image-synset index FOLDER` first, or name another"),
        (
            404,
            "resource_not_found_exception",
            "unable to find script [search-by-image] in cluster state",
            "setup` first.",
        ),
        (404, "resource_not_found_exception", "[image_synset] expected [document] to exist, found no [1]", None),
        (404, "resource_not_found_exception", "pipeline [x] is missing", None),
        (503, "status_exception", "expected a sidecar", "`image-synset up`"),
        (400, "parsing_exception", "unknown field", None),
    ],
)
def test_what_to_do_is_said_where_it_is_known(status: int, type_: str, said: str, hint: str | None) -> None:
    error = translated(api_error(status, {"type": type_, "reason": said}), None)
    assert isinstance(error, ElasticsearchRefused) and error.http_status == status
    start = f"Elasticsearch answered {status}: {said}."
    assert error.message.startswith(start)
    assert hint in error.message if hint else error.message == start


def test_no_answer_is_reported_with_the_address() -> None:
    error = translated(ConnectionError("outer", errors=(OSError("urllib3: refused"),)), "http://es:9200")
    assert isinstance(error, ElasticsearchUnreachable) and error.http_status == 502
    assert "Elasticsearch at http://es:9200, found none that answers: refused." in error.message


def test_every_error_of_the_commands_is_in_the_tree() -> None:
    """Its list is complete, and no module grows one of its own."""
    import pkgutil

    import scripts

    for module in pkgutil.walk_packages(scripts.__path__, "scripts."):
        if not module.name.startswith("scripts.dev") and not module.name.endswith("__main__"):
            __import__(module.name)
    waiting, found = [CliError], set[type]()
    while waiting:
        found |= {waiting[-1]}
        waiting += waiting.pop().__subclasses__()
    assert {error.__module__ for error in found} == {errors.__name__}
    listed = {line.split()[1] for line in str(errors.__doc__).splitlines() if "── " in line}
    assert {error.__name__ for error in found} == listed | {"CliError"}
