"""The sidecar's exceptions and their HTTP status.

SidecarError            base: has an HTTP status, a type for programs and a reason for people
├── ImageError          one image can't be analyzed; reported in its place, the others succeed
├── RequestError        the request as a whole is refused
├── Unauthorized        no token, or not the right one
├── OtherSite           a browser sent it for a page of another site
├── Unavailable         not now, but later (503, Retry-After)
│   ├── NotReady            the model is still loading
│   ├── Busy                too much is waiting already
│   ├── DeadlineExceeded    the client's deadline has passed
│   └── ModelStopped        the thread that runs the model has ended
└── ModelError          the model or its weights aren't available; the server doesn't start
"""


class SidecarError(Exception):
    """`type` is one of a few fixed words, `reason` says what was expected, what was found, what to change."""

    status = 500

    def __init__(self, type_: str, reason: str) -> None:
        super().__init__(reason)
        self.type = type_
        self.reason = reason

    def body(self) -> dict[str, str]:
        """The JSON under `error`."""
        return {"type": self.type, "reason": self.reason}


class ImageError(SidecarError):
    """Types: empty_image, invalid_base64, not_an_image, corrupt_image, image_too_large, not_a_number."""

    status = 422


class RequestError(SidecarError):
    """Raised with the HTTP status that fits."""

    def __init__(self, status: int, type_: str, reason: str) -> None:
        super().__init__(type_, reason)
        self.status = status


class Unauthorized(SidecarError):
    """Raised where a token is set and the request's is another."""

    status = 401

    def __init__(self) -> None:
        super().__init__("unauthorized", "expected the header Authorization: Bearer <token> with SIDECAR_TOKEN's value")


class OtherSite(SidecarError):
    """Raised for what a browser says that another site's page made it send."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "other_site",
            "expected a request of a program, received a browser's for a page of another site "
            "(by its header Origin or Sec-Fetch-Site)",
        )


class Unavailable(SidecarError):
    """`retry_after` is in seconds."""

    status = 503

    def __init__(self, type_: str, reason: str, retry_after: int = 1) -> None:
        super().__init__(type_, reason)
        self.retry_after = retry_after


class NotReady(Unavailable):
    """Raised until the model is loaded and warmed."""

    def __init__(self) -> None:
        super().__init__("not_ready", "the model is still loading: try again when /health/ready answers 200")


class Busy(Unavailable):
    """Raised when a request would be too much, before anything is done for it."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__("busy", reason, retry_after)


class DeadlineExceeded(Unavailable):
    """Raised for work whose client no longer waits, before it costs anything."""

    def __init__(self) -> None:
        super().__init__(
            "deadline_exceeded", "the time that X-Deadline-Ms gave was over before the answer was there: try again"
        )


class ModelStopped(Unavailable):
    """Raised for images that wait when the model's thread has ended; /health/ready says so too."""

    def __init__(self) -> None:
        super().__init__("not_ready", "the model has stopped: the sidecar has to be started again")


class ModelError(SidecarError):
    """Raised while loading a model."""

    def __init__(self, reason: str) -> None:
        super().__init__("model_unavailable", reason)


def analysis_failed(error: Exception) -> ImageError:
    """For an image on which something fails that nobody thought of."""
    return ImageError(
        "analysis_failed",
        f"expected an image that can be analyzed; received one on which the sidecar fails "
        f"({type(error).__name__}: {error}); its log says where",
    )
