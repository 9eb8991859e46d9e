"""How gunicorn serves the sidecar:  gunicorn --config sidecar/gunicorn.conf.py 'sidecar.app:create_app()'"""

import logging
import os
import threading

from gunicorn.arbiter import Arbiter

from sidecar.app import ANALYZER
from sidecar.errors import ModelError
from sidecar.settings import settings_from_environment

_settings = settings_from_environment()

bind = f"{_settings.host}:{_settings.port}"
# batches form inside one process, so one process with many threads; the model thread uses all CPUs by itself
workers = 1
worker_class = "gthread"
threads = _settings.threads
# a worker that loads TensorFlow holds the interpreter for seconds
timeout = 120
graceful_timeout = 60
# longer than clients keep idle connections (Java: 30 s), so that none sends into one that was just closed
keepalive = 75
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"propagate": True}, "gunicorn.access": {"propagate": False}},
}


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Load the model behind the open port, so that /health/live answers meanwhile."""
    threading.Thread(target=_load, args=(worker.wsgi.extensions[ANALYZER],), name="load", daemon=True).start()


def _load(analyzer):  # type: ignore[no-untyped-def]
    try:
        analyzer.load()
    except Exception as error:
        logging.getLogger("sidecar").error("%s", error, exc_info=not isinstance(error, ModelError))
        # this exit code tells gunicorn's master to stop, not to try for ever
        os._exit(Arbiter.APP_LOAD_ERROR)
