"""Sizes as Elasticsearch writes them."""

import re

_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40}


def byte_size(text: str) -> int:
    """`28mb` in bytes.

    Raises:
        ValueError: it is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?b)?", text.strip().lower())
    if match is None:
        raise ValueError(f"expected a size such as 28mb, received {text}")
    return int(float(match[1]) * _UNITS[match[2] or "b"])
