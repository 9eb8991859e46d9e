"""Free ports on loopback."""

import contextlib
import socket

import psutil

from scripts.shared.errors import PortTaken

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections of a server just stopped linger for a minute; they do not stand in a new one's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    # macOS lets one bind beside a server that listens on all addresses.
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) != 0


def choose(given: int | None, default: int, option: str) -> int:
    """Returns the port given, else the default one if free, else any free one.

    Raises:
        PortTaken: `given` is in use.
    """
    if given is not None:
        if not is_free(given):
            raise PortTaken(
                f"Expected port {given} of {LOOPBACK} to be free, but {_listener(given)} listens there. "
                f"Stop it, give another {option}, or leave {option} out to get a free one."
            )
        return given
    return default if is_free(default) else any_free()


def any_free() -> int:
    """A port that nobody listens on, chosen by the system among thousands."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _listener(port: int) -> str:
    # Whose sockets one may see depends on the system and the user.
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"
