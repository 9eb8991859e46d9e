"""Free ports on loopback."""

import contextlib
import socket
from types import TracebackType
from typing import Self

import psutil

from scripts.shared.errors import PortTaken

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen there; whom the port is promised to is not asked."""
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


def any_free() -> int:
    """A port that nobody listens on, chosen by the system among thousands."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def choose(given: int | None, default: int, option: str) -> int:
    """Returns the port given, else the default one if free, else any free one; nothing keeps it from others.

    Raises:
        PortTaken: `given` is in use.
    """
    with PortClaims() as claims:
        return claims.choose(given, default, option)


class PortClaims:
    """Chooses ports, and keeps them from other `up` commands until their servers listen.

    A claim is a UDP socket of the same number: every process of the machine sees it, it ends with its process, and
    a TCP server does not notice it.
    """

    def __init__(self) -> None:
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def choose(self, given: int | None, wanted: int, option: str) -> int:
        """Claims the port given, else the one wanted if free, else any free one, and returns it.

        Raises:
            PortTaken: `given` is in use.
        """
        if given is None:
            return wanted if self._claim(wanted) else self._claim_any()
        if not self._claim(given):
            raise PortTaken(
                f"Expected port {given} of {LOOPBACK} to be free, but {_listener(given)} listens there. "
                f"Stop it, give another {option}, or leave {option} out to get a free one."
            )
        return given

    def _claim_any(self) -> int:
        while not self._claim(port := any_free()):
            pass
        return port

    def _claim(self, port: int) -> bool:
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((LOOPBACK, port))
        except (OSError, OverflowError):  # claimed, or not a port
            claim.close()
            return False
        # In this order: who claims only after a server listens sees that server.
        if not is_free(port):
            claim.close()
            return False
        self._held.enter_context(claim)
        return True


def _listener(port: int) -> str:
    # Whose sockets one may see depends on the system and the user.
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            here = connection.laddr and connection.laddr.port == port
            listens = connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
            if here and listens and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"
