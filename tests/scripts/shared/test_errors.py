"""What users read of Elasticsearch's errors."""

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError

from scripts.shared.errors import reason

META = ApiResponseMeta(400, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "127.0.0.1", 9200))


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
def test_the_innermost_reason_is_told(error: Any, said: str) -> None:
    assert reason(ApiError("failed", META, {"error": error})) == said
