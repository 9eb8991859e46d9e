"""Why an item was refused, in words."""

from typing import Any

import pytest

from scripts.shared.bulk import refusal


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"error": {"reason": "outer", "caused_by": {"reason": "inner"}}}, "inner"),
        ({"error": {"reason": "alone"}}, "alone"),
        ({"error": {"reason": "outer", "caused_by": {"type": "x"}}}, "outer"),
        ({"error": "text"}, "text"),
        ({"exception": ConnectionError("gone")}, "gone"),
        ({"status": 429}, "status 429"),
    ],
)
def test_the_innermost_reason_is_reported(result: dict[str, Any], said: str) -> None:
    assert refusal(result) == said
