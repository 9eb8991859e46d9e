"""Hooks of schemathesis: what it must not take for a fault."""

from typing import Any

import schemathesis

_UNKNOWN = "x-schemathesis-unknown-property"


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:
    """Unknown headers are not a fault: every client and proxy sends some."""
    return not any(name.lower() == _UNKNOWN for name in case.headers or {})
