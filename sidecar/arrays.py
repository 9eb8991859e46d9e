"""The array types that several parts share."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
