"""The end of a request: the same wherever the network cuts it, and never beyond what gunicorn would read."""

from __future__ import annotations

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from service.serving.framing import Frame

LIMITS = (200, 1_000, 500)
START = b"POST /x HTTP/1.1\r\nHost: a\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"


def frame() -> Frame:
    return Frame(*LIMITS)


WHOLE = {
    "no body": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "after an empty line": b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a length": START + b"content-length:  5 \r\n\r\nhello",
    "no bytes": START + b"Content-Length: 0\r\n\r\n",
    "chunks": CHUNKED + b"5\r\nhello\r\nA;a=b\r\n0123456789\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
}


@pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE)
@given(data=st.data())
def test_a_request_ends_with_its_last_byte(request_: bytes, data: st.DataObject) -> None:
    made, cuts = frame(), data.draw(st.lists(st.integers(0, len(request_) - 1), max_size=9).map(sorted))
    pieces = [request_[a:b] for a, b in zip([0, *cuts], [*cuts, len(request_) - 1], strict=True)]
    assert [made.feed(piece) for piece in pieces] == [False] * len(pieces)
    assert made.feed(request_[-1:] + b"GET /next")
    assert made.whole


@pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE)
def test_gunicorn_reads_exactly_the_whole_request(request_: bytes) -> None:
    parser = RequestParser(Config(), iter([request_]), ("127.0.0.1", 1))
    next(parser).body.read()
    assert parser.finish_body()
    assert not parser.unreader.take_buffered()


REFUSED = {
    "a length that is none": START + b"Content-Length: x\r\n\r\n",
    "a length of 20 digits": START + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n",
    "two lengths": START + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "a length and chunks": START + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "an unknown coding": START + b"Transfer-Encoding: x\r\n\r\n",
    "a line feed before it": b"\n" + CHUNKED,
    "line feeds": b"GET / HTTP/1.1\nHost: a\n\n",
    "a long address": b"GET /" + b"x" * 200,
    "a large head": START + b"X: x\r\n" * 200,
    "a long body": START + b"Content-Length: 501\r\n\r\n",
    "a long chunk": CHUNKED + b"1F5\r\n",
    "long chunks": CHUNKED + b"64\r\n" + b"x" * 100 + b"\r\n" + b"191\r\n",
    "chunks of long extensions": CHUNKED + (b"1;" + b"x" * 100 + b"\r\nx\r\n") * 10,
    "an endless size": CHUNKED + b"0" * 5_000,
    "an endless trailer": CHUNKED + b"0\r\n" + b"X: x\r\n" * 200,
    "no size": CHUNKED + b"\r\n",
    "a chunk that is longer": CHUNKED + b"1\r\nxx",
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_a_request_that_gunicorn_refuses_is_passed_on_at_once(request_: bytes) -> None:
    made = frame()
    assert made.feed(request_)
    assert not made.whole


@given(st.lists(st.sampled_from([*START.splitlines(True), b"\r\n", b"\n", b"0", b"5", b";", b"hello", CHUNKED, b"\0"])))
def test_any_bytes_are_framed_the_same_in_one_piece_and_in_several(pieces: list[bytes]) -> None:
    at_once, bit_by_bit = frame(), frame()
    at_once.feed(b"".join(pieces))
    for piece in pieces:
        if bit_by_bit.feed(piece):
            break
    assert at_once.complete == bit_by_bit.complete


def test_expect_100_continue_is_recognized() -> None:
    made = frame()
    made.feed(START + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert made.expects_continue
