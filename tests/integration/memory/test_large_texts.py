"""Many megabytes of text that is not an image, from many clients at once, on a node with a heap of 512 MB.

Each request gets an HTTP status, and the node is the same process afterward (`small_es`).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from click.testing import Result
from elasticsearch import Elasticsearch

from scripts.shared.client import open_client
from scripts.shared.settings import Settings

CLIENTS = 32
SIZE = 12_000_000
INDEX = "image-synset-large-texts"
PLAIN = f"{INDEX}-plain"

# what is repeated, and what stands before and after it
TEXTS: dict[str, tuple[str, str, str]] = {
    "control characters": ("\x01", "", ""),
    "quotes": ('"', "", ""),
    "backslashes": ("\\", "", ""),
    "letters of two bytes": ("é", "", ""),
    "letters of three bytes": ("漢", "", ""),
    "base64 with a wide letter": ("A", "", "漢"),
    "base64 with a wide space": ("A", "\ufeff", ""),
    "white space": ("\x1c", "", ""),
    "a header without an end": ("\x01", "data:", ""),
    "a header of quotes": ('"', "data:", ";base64,QQ=="),
    "base64 of no image": ("A", "", ""),
}


def text_of(kind: str, escaped: Callable[[str], str] = str) -> str:
    """Repeated until it is as long as it may be, as it is written in the request."""
    one, before, after = (escaped(part) for part in TEXTS[kind])
    return before + one * (SIZE // len(one.encode())) + after


def json_of(kind: str) -> bytes:
    """As short as JSON allows: what need not be escaped is not."""
    escaped = {"\x01": "\\u0001", "\x1c": "\\u001c", '"': '\\"', "\\": "\\\\"}
    text = text_of(kind, lambda part: "".join(escaped.get(character, character) for character in part))
    return f'{{"image":"{text}"}}'.encode()


def cbor_of(kind: str) -> bytes:
    utf8 = text_of(kind).encode()
    return b"\xa1\x65image\x7a" + len(utf8).to_bytes(4, "big") + utf8


def smile_of(kind: str) -> bytes:
    text = text_of(kind)
    return b":)\n\x00\xfa\x84image" + (b"\xe0" if text.isascii() else b"\xe4") + text.encode() + b"\xfc\xfb"


# one for each way in which a text may cost more than its bytes; `make test-long` sends the others too
FIRST = {"control characters", "base64 with a wide letter", "a header of quotes"}

FORMATS: dict[str, Callable[[str], bytes]] = {
    "application/json": json_of,
    "application/cbor": cbor_of,
    "application/smile": smile_of,
}


class Sender:
    """Sends one body from all clients at once, without TLS, which would take most of the time."""

    def __init__(self, es: Elasticsearch, url: str) -> None:
        self._es, self._url = es, url

    def __call__(self, path: str, content_type: str, body: bytes, clients: int = CLIENTS) -> Counter[object]:
        def send(_: int) -> object:
            try:
                answer = requests.post(self._url + path, data=body, headers={"Content-Type": content_type}, timeout=300)
            except requests.RequestException as error:
                return repr(error)
            assert len(answer.content) < 100_000, "echoed"
            return answer.status_code

        with ThreadPoolExecutor(clients) as pool:
            return Counter(pool.map(send, range(clients)))

    def breaker(self) -> Any:
        """What large documents that are being parsed take of the heap."""
        (node,) = self._es.nodes.stats(metric="breaker")["nodes"].values()
        return node["breakers"]["image_synset"]


@pytest.fixture(scope="module")
def indices(small_url: str, small_cli: Callable[..., Result]) -> Iterator[None]:
    with open_client(small_url, Settings()) as es:
        for index, pipeline in ((INDEX, "image-synset"), (PLAIN, "_none")):
            settings = {"number_of_shards": 1, "number_of_replicas": 0, "default_pipeline": pipeline}
            es.indices.create(index=index, settings=settings, mappings={"dynamic": False})
        yield
        es.indices.delete(index=[INDEX, PLAIN])


@pytest.fixture
def send(indices: None, small_es: Elasticsearch, small_url: str) -> Sender:
    return Sender(small_es, small_url)


@pytest.mark.parametrize("content_type", FORMATS)
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in FIRST else pytest.mark.long) for kind in TEXTS]
)
def test_every_client_gets_a_status_and_the_node_lives(send: Sender, kind: str, content_type: str) -> None:
    body = FORMATS[content_type](kind)
    # the control: what Elasticsearch alone answers
    plain = send(f"/{PLAIN}/_doc", content_type, body)
    assert all(isinstance(status, int) for status in plain), plain
    answers = send(f"/{INDEX}/_doc", content_type, body)
    assert all(isinstance(status, int) for status in answers), answers
    assert send.breaker()["estimated_size_in_bytes"] == 0, "all that was counted is given back"


def test_documents_that_need_too_much_at_once_are_refused_with_what_to_change(send: Sender) -> None:
    refused = send.breaker()["tripped"]
    answers = send(f"/{INDEX}/_doc", "application/json", json_of("base64 of no image"))
    # one that is alone is let in, and may be more than Elasticsearch itself takes
    assert set(answers) <= {201, 429} and answers[429] >= send.breaker()["tripped"] - refused > 0, answers


# Elasticsearch parses all searches that come at once: 32 of its own query `terms` with such a text end this heap too
FEW = 4
SEARCHED = ('"' + "\\u0001" * (SIZE // 12) + '"', '"' + "\ufdfa" * (SIZE // 3) + '"', '"' + "A" * SIZE + '"')


def test_large_images_of_searches_are_counted_while_they_wait(send: Sender) -> None:
    for text in SEARCHED:
        body = b'{"query":{"image_synset":{"image":' + text.encode() + b"}}}"
        answers = send(f"/{INDEX}/_search", "application/json", body, FEW)
        assert set(answers) <= {400, 429, 503}, answers
    assert send.breaker()["estimated_size_in_bytes"] == 0, "all that was counted is given back"


@pytest.mark.parametrize(
    "query",
    [
        '{"image_synset":{"image":[%s]}}',
        '{"image_synset":{"image":{"a":%s}}}',
        '{"image_synset":{"image":"QQ==","top_k":%s}}',
        '{"image_synset":{"image":"QQ==","mode":%s}}',
        '{"image_synset":{"words":%s}}',
        '{"image_synset":{"words":["dog",%s]}}',
        '{"image_synset":{"synsets":%s}}',
        '{"image_synset":{"synsets":{%s:1}}}',
        '{"image_synset":{"synsets":{"tabby":%s}}}',
        '{"image_synset":{"document":{"index":["a",%s],"id":"1"}}}',
        '{"image_synset":{%s:1}}',
    ],
)
def test_queries_with_long_texts_get_short_answers(send: Sender, query: str) -> None:
    for text in SEARCHED:
        body = b'{"query":' + (query % text).encode() + b"}"
        answers = send(f"/{INDEX}/_search", "application/json", body, FEW)
        assert set(answers) <= {400, 429, 503}, (query, answers)
