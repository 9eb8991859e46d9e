"""Logs as JSON, one object in a line, each with the id of the request it is about. Never with image data."""

import logging
import re
import uuid
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# what may stand in a log and a header as it comes
_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


def accepted_request_id(given: str | None) -> str:
    """The client's id if it is one, else a new one."""
    return given if given and _ID.fullmatch(given) else uuid.uuid4().hex


class RequestIds(logging.Filter):
    """Gives every record its request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if (id_ := request_id.get()) is not None:
            record.request_id = id_
        return True


def configuration() -> dict[str, Any]:
    """For `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "{asctime}{levelname}{name}{message}",
                "style": "{",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            }
        },
        "filters": {"request_ids": {"()": RequestIds}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_ids"]}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        # what it would say of a request, intake.py says with more
        "loggers": {"gunicorn.error": {"propagate": True}, "gunicorn.access": {"propagate": False}},
    }
