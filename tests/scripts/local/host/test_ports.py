import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from scripts.local.host import ports
from scripts.shared.errors import PortTaken

HOLD = """
import sys
from scripts.local.host.ports import PortClaims
with PortClaims() as claims:
    print(claims.choose(None, int(sys.argv[1]), "--port"), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_given_port_that_is_taken_is_an_error_that_names_holder_and_option(taken: int) -> None:
    with pytest.raises(PortTaken) as error:
        ports.choose(taken, 9200, "--port")
    assert f"port {taken}" in error.value.message
    assert f"process {os.getpid()}" in error.value.message
    assert "give another --port" in error.value.message


def test_a_default_port_that_is_taken_is_replaced_by_a_free_one(taken: int) -> None:
    chosen = ports.choose(None, taken, "--port")
    assert chosen != taken
    assert ports.is_free(chosen)


def test_a_port_is_free_right_after_its_server_ended() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Elasticsearch and gunicorn do
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the server's side closes first and so keeps the port in TIME_WAIT
        assert not ports.is_free(port)
    assert ports.choose(port, 9200, "--port") == port


def test_two_that_choose_at_the_same_time_get_different_ports() -> None:
    wanted = ports.any_free()
    with ports.PortClaims() as first, ports.PortClaims() as second:
        assert first.choose(None, wanted, "--port") == wanted
        assert second.choose(None, wanted, "--port") != wanted
        with pytest.raises(PortTaken, match=f"port {wanted} .* give another --port"):
            second.choose(wanted, wanted, "--port")
    with ports.PortClaims() as later:
        assert later.choose(wanted, wanted, "--port") == wanted


def test_another_process_sees_the_claim_until_its_holder_ends() -> None:
    wanted = ports.any_free()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == f"{wanted}\n"
        with ports.PortClaims() as claims:
            assert claims.choose(None, wanted, "--port") != wanted
        holder.kill()
    with ports.PortClaims() as claims:
        assert claims.choose(None, wanted, "--port") == wanted
