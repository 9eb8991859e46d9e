"""What runs a network. One small interface, so that another engine is another file here."""

from typing import Protocol

from sidecar.synsets import Floats


class Runtime(Protocol):
    """Runs one network; called from one thread at a time."""

    name: str

    def predict(self, batch: Floats) -> Floats:
        """[n, size, size, 3] prepared images → [n, 1000] probabilities, for any n up to the largest batch."""
        ...
