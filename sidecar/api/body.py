"""A request's body: counted as it comes, and in memory no more often than it must be."""

import json
import time
from typing import Any, BinaryIO

from flask import Request
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest

from sidecar.errors import RequestError
from sidecar.scheduling.admission import Reservation

# it is held twice for a moment, as it came and as what is parsed from it; after that the files that are decoded from it
# take the place of what came
_COPIES = 2


class JsonRequest(Request):
    """Forgets what came once it is parsed, and takes JSON of any depth for what it is: no fault of the server."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """See `flask.Request`."""
        came = self.get_data(cache=False)
        try:
            return from_json(came)
        except ValueError:
            pass
        try:
            # slower, and takes more: UTF-16, depth, half characters
            text = came.decode(json.detect_encoding(came), "surrogatepass")
            del came
            return json.loads(text)
        except (ValueError, RecursionError):
            raise BadRequest from None


class CountedBody:
    """A body that asks for room as it comes: a slow client reserves nothing that it has not sent."""

    def __init__(self, body: BinaryIO, reservation: Reservation, seconds: float) -> None:
        self._body, self._reservation, self._seconds = body, reservation, seconds
        self._deadline = time.monotonic() + seconds

    def read(self, size: int = -1) -> bytes:
        """See `io.RawIOBase`."""
        try:
            data = self._body.read(size)
        except TimeoutError:
            raise self._too_slow() from None
        self._reservation.add(size=_COPIES * len(data))
        if time.monotonic() > self._deadline:
            raise self._too_slow()
        return data

    def _too_slow(self) -> RequestError:
        return RequestError(
            408, "request_timeout", f"expected the body within {self._seconds:g} s (SIDECAR_READ_TIMEOUT)"
        )
