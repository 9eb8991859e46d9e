"""Download and convert what SIDECAR_MODEL names, into SIDECAR_MODEL_CACHE_DIR, and load it once:

python -m sidecar.runtimes.prepare
"""

import logging

from sidecar.errors import ModelError
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import settings_from_environment


def main() -> None:
    """Ends with 1 and the reason where the model isn't available."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = settings_from_environment().model_copy(update={"runtime": "openvino"})
    try:
        loaded, _ = load_runtime(settings)
    except ModelError as error:
        raise SystemExit(error.reason) from None
    logging.info("%s, version %s, is ready", loaded.row.name, loaded.version)


if __name__ == "__main__":
    main()
