"""Answers of POST /_image_synset/test."""

from typing import Any

MODEL = {"name": "efficientnet_lite0", "version": "1-f32", "weights_sha256": "579344248a93"}
ONE = "http://10.0.0.1:8500"


def well(url: str = ONE, **changes: Any) -> dict[str, Any]:
    return {"url": url, "ok": True, "took_millis": 41, "top_synset": "tabby", "model": {**MODEL, **changes}}


def ill(reason: str) -> dict[str, Any]:
    return {"url": ONE, "ok": False, "error": {"type": "sidecar_unavailable", "reason": reason}}


def answered(*nodes: list[dict[str, Any]]) -> tuple[int, Any]:
    named = {str(n): {"name": f"node-{n}", "plugin_version": "0.1.0", "sidecars": all_} for n, all_ in enumerate(nodes)}
    return 200, {"_nodes": {"total": len(nodes)}, "nodes": named}
