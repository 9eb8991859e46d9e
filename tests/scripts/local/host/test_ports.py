import os
import socket
from collections.abc import Iterator

import pytest

from scripts.local.host import ports
from scripts.shared.errors import PortTaken


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
