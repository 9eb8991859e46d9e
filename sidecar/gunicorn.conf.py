"""How gunicorn serves the sidecar:  gunicorn --config sidecar/gunicorn.conf.py 'sidecar.app:create_app()'"""

import logging
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
import warnings

from gunicorn.arbiter import Arbiter

from sidecar.settings import settings_from_environment

_settings = settings_from_environment()

_numbers = None
if _settings.workers > 1:
    # before prometheus_client is first imported: it looks then; numbers of an earlier run must not count
    _numbers = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="sidecar-metrics-")

from sidecar.app import ANALYZER  # noqa: E402
from sidecar.errors import ModelError  # noqa: E402
from sidecar.host.logs import configuration  # noqa: E402
from sidecar.host.memory import keep_little  # noqa: E402

# Pillow warns of oddities in files that it reads all the same: no news for anybody here
warnings.filterwarnings("ignore", module=r"PIL\.")

# here, in the master before any thread: workers are forked from it
keep_little()

bind = f"{_settings.host}:{_settings.port}"
certfile = _settings.certfile and str(_settings.certfile)
keyfile = _settings.keyfile and str(_settings.keyfile)
# batches form inside one process, and the model uses all CPUs by itself: one is the best number for most
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
# a worker that loads TensorFlow holds the interpreter for seconds
timeout = 120
graceful_timeout = 60
# longer than clients keep idle connections (Java: 30 s), so that none sends into one that was just closed
keepalive = 75
control_socket_disable = True
logconfig_dict = configuration()


def when_ready(server):  # type: ignore[no-untyped-def]
    """A connection that says nothing for so long is closed: accepted sockets inherit this from the listener."""
    limit = struct.pack("ll", int(_settings.read_timeout), 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Load the model behind the open port, so that /health/live answers meanwhile.

    Not where others can answer: one that only says "not ready" would take requests away from them.
    """
    # Threads need the interpreter for fractions of a millisecond, to hand a picture to the model or to take its answer;
    # by default one would let another wait for 5 ms
    sys.setswitchinterval(0.0005)
    analyzer = worker.wsgi.extensions[ANALYZER]
    threading.Thread(target=_load, args=(analyzer,), name="load", daemon=True).start()
    while workers > 1 and not analyzer.ready:
        worker.notify()
        time.sleep(0.2)


def child_exit(server, worker):  # type: ignore[no-untyped-def]
    """What a worker had in flight ended with it."""
    if _numbers is not None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]
    """The numbers were of this run."""
    if _numbers is not None:
        shutil.rmtree(_numbers, ignore_errors=True)


def _load(analyzer):  # type: ignore[no-untyped-def]
    try:
        analyzer.load()
    except Exception as error:
        logging.getLogger("sidecar").error("%s", error, exc_info=not isinstance(error, ModelError))
        # with this exit code gunicorn's master stops instead of trying forever
        os._exit(Arbiter.APP_LOAD_ERROR)
