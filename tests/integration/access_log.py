"""A line for every request in the sidecar's log, which has none of its own."""

from typing import Any

from gunicorn.glogging import Logger


class AccessLog(Logger):  # type: ignore[misc]
    """For gunicorn's --logger-class."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        self.info("%s %s %s", req.method, req.path, resp.status)
