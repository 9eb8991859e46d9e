"""Everything that the sidecar says no with.

SidecarError            base: has an HTTP status, a type for programs and a reason for people
├── ImageError          one image can't be analyzed; reported in its place, the others succeed
├── RequestError        the request as a whole is refused
├── NotReady            the model is still loading (503, Retry-After)
└── ModelError          the model or its weights can't be had; the server doesn't start
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
    """Types: empty_image, invalid_base64, not_an_image, corrupt_image, image_too_large."""

    status = 422


class RequestError(SidecarError):
    """Raised with the HTTP status that fits."""

    def __init__(self, status: int, type_: str, reason: str) -> None:
        super().__init__(type_, reason)
        self.status = status


class NotReady(SidecarError):
    """Raised until the model is loaded and warmed."""

    status = 503

    def __init__(self) -> None:
        super().__init__("not_ready", "the model is still loading: try again when /health/ready answers 200")


class ModelError(SidecarError):
    """Raised while loading a model."""

    def __init__(self, reason: str) -> None:
        super().__init__("model_unavailable", reason)
