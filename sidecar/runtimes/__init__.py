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
    """Runs one network; called from as many threads at the same time as it has streams.

    `features` are how many numbers it gives of an image besides the probabilities. `max_batch` are the images in one
    call from which on more gain nothing.
    """

    name: str
    features: int
    streams: int
    max_batch: int

    def predict(self, batch: Floats) -> Outputs:
        """[n, size, size, 3] scaled images → what the network says, for any n from 1.

        The caller uses the batch's memory again, so nothing of it may be kept.
        """
        ...
