"""The gallery under gunicorn, as the sidecar is."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, load: Callable[[], Flask], options: dict[str, Any]) -> None:
        self.load = load
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)


def serve(load: Callable[[], Flask], bind: str, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `load` is called in the worker, `ready` once the port is open."""
    options = {
        "bind": bind,
        "worker_class": "gthread",
        "threads": 32,
        "when_ready": lambda _server: ready(),
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Application(load, options).run()
