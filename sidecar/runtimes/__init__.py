"""What runs a network. One small interface, so that another engine is another file here."""

from typing import NamedTuple, Protocol

from sidecar.arrays import Floats


class Outputs(NamedTuple):
    """What a network says of n images: probabilities [n, 1000], and the features [n, d] its classifier saw.

    Of one image: [1000] and [d].
    """

    probabilities: Floats
    features: Floats


class Runtime(Protocol):
    """Runs one network; called from one thread at a time."""

    name: str
    features: int

    def predict(self, batch: Floats) -> Outputs:
        """[n, size, size, 3] prepared images → what the network says, for any n up to the largest batch."""
        ...
