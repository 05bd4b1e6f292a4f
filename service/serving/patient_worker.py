"""gunicorn's threaded worker, with threads that never wait for a client.

The stock worker parses in its threads: as many half-sent requests as there are threads block the process, liveness
included. Here the main loop receives each request without blocking, and a thread gets it when it is complete. So a slow
client costs a connection and the bytes that it has sent. Requests that are refused before our application gets them
have the failure envelope of `service.errors`.
"""

from __future__ import annotations

import errno
import json
import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn import http
from gunicorn.http.body import Body
from gunicorn.http.errors import (
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
)
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import (
    AddressTooLongError,
    HeadersTooLargeError,
    OverloadedError,
    RequestBrokenError,
    RequestTooSlowError,
    ServiceError,
)
from service.limits import (
    MAX_ADDRESS_LENGTH,
    MAX_BODY_SIZE,
    MAX_HEAD_SIZE,
    MAX_RECEIVED,
    RECEIVE_SECONDS,
    SEND_SECONDS,
)
from service.observability import request_ids
from service.observability.logs import get_logger
from service.serving.framing import Frame

log = get_logger(__name__)

RECEIVE_BYTES = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]
    """A client's connection, and the request that is arriving on it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.initialized = self.data_ready = True
        self.parser = http.get_parser(self.cfg, self.sock, self.client)
        self.parser.unreader = _Received(self)
        self.begin()

    def begin(self) -> None:
        """Prepare for the next request."""
        self.frame = Frame(MAX_ADDRESS_LENGTH, MAX_HEAD_SIZE, MAX_BODY_SIZE)
        self.timeout = time.monotonic() + RECEIVE_SECONDS

    def init(self) -> None:
        """Set the timeout of a response: a client that does not read it is dropped. Called by the responding thread."""
        self.sock.settimeout(SEND_SECONDS)


class _Received(SocketUnreader):  # type: ignore[misc]
    """The received bytes for gunicorn's parser, instead of the socket."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.sock)
        self._connection = connection

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self._connection.frame.head_too_large:
            raise LimitRequestHeaders("head too large")
        raise NoMoreData


class _CheckedBody(Body):  # type: ignore[misc]
    """A body whose faults Flask reports as the client's: 413 for its size, 400 if it is malformed."""

    def __init__(self, reader: Any, request: Any, frame: Frame) -> None:
        super().__init__(reader)
        self._request = request
        self._too_large = frame.body_too_large

    def _read_reader(self, size: int) -> bytes:
        if self._too_large:  # Flask itself would truncate a chunked one, and take the rest for the whole
            raise RequestEntityTooLarge
        try:
            read: bytes = super()._read_reader(size)
        except (ParseException, NoMoreData) as error:
            self._request.force_close()
            raise OSError(errno.EBADMSG, "the body is malformed") from error
        return read


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """The worker: receives in the main loop, responds in threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receiving: dict[Connection, None] = {}
        """The receiving connections in the order of their deadlines."""
        self.received = 0
        """Bytes of all requests that have begun to arrive and have no response yet."""

    def accept(self, listener: socket.socket) -> None:
        """Accept like the stock worker; at the limit, refuse the connection whose request has been arriving longest."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            sock, client = listener.accept()
            self.nr_conns += 1
            self.enqueue_req(Connection(self.cfg, sock, client, listener.getsockname()))
            if self.nr_conns >= self.worker_connections and len(self.receiving) > 1:
                self._make_room()

    def enqueue_req(self, conn: Connection) -> None:
        """Begin to receive a request. Called for a new connection, and for each further request on it."""
        conn.sock.setblocking(False)
        conn.begin()
        self.receiving[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))
        early = conn.parser.unreader.take_buffered()
        if early:
            self._take(conn, early)

    def _on_readable(self, conn: Connection, sock: socket.socket) -> None:
        if conn not in self.receiving:  # refused since the poller reported it
            return
        try:
            data = sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        elif conn.frame.received:
            self._hand_over(conn)  # it broke off: the received bytes may still get a response
        else:
            self._drop(conn)

    def _take(self, conn: Connection, data: bytes) -> None:
        self.received += len(data)
        if conn.frame.feed(data):
            self._hand_over(conn)
            return
        if conn.frame.expects_continue:
            conn.frame.expects_continue = False
            with suppress(OSError):
                conn.sock.send(CONTINUE)
        if self.received > MAX_RECEIVED:
            self._make_room()

    def _hand_over(self, conn: Connection) -> None:
        """Pass the complete request to a thread."""
        self._stop_receiving(conn)
        conn.parser.unreader.unread(bytes(conn.frame.received))
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        req._expected_100_continue = False  # it was sent before the body arrived
        req.body = _CheckedBody(req.body.reader, req, conn.frame)
        if not conn.frame.whole:
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        self.received -= len(conn.frame.received)
        conn.frame.received.clear()
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """The stock worker calls this in each turn of its loop: refuse the requests that are late."""
        now = time.monotonic()
        while self.receiving and (conn := next(iter(self.receiving))).timeout <= now:
            self._refuse(conn, RequestTooSlowError())

    def _cap_keepalive(self, deadline: float) -> None:
        """When stopping, wait for requests no longer than for the next one on a kept connection."""
        super()._cap_keepalive(deadline)
        for conn in self.receiving:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)

    def _make_room(self) -> None:
        if self.receiving:
            self._refuse(next(iter(self.receiving)), OverloadedError())

    def _refuse(self, conn: Connection, error: ServiceError) -> None:
        """Respond without waiting: a response that does not fit into the socket's buffer is not sent."""
        if conn.frame.received:
            log.warning("request_refused", code=error.code, address=_address(conn.client))
            with suppress(OSError):
                conn.sock.send(answer_of(error))
                conn.sock.shutdown(socket.SHUT_WR)
        self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._stop_receiving(conn)
        self.received -= len(conn.frame.received)
        self.nr_conns -= 1
        conn.close()

    def _stop_receiving(self, conn: Connection) -> None:
        del self.receiving[conn]
        self.poller.unregister(conn.sock)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Refuse what gunicorn cannot parse. Its own message would quote the request, which may contain secrets."""
        error = refusal_of(exc)
        if error.status < 500:
            log.warning("request_refused", code=error.code, reason=type(exc).__name__, address=_address(addr))
        else:
            log.error("unexpected_error", path=getattr(req, "path", None), exc_info=exc)
        with suppress(OSError):
            client.settimeout(SEND_SECONDS)
            client.sendall(answer_of(error))


def refusal_of(exc: BaseException) -> ServiceError:
    """Return the response to an error before or around our application."""
    if isinstance(exc, InvalidResponseHeader | InvalidResponseHeaderName) or not isinstance(exc, ParseException):
        return ServiceError()
    if isinstance(exc, LimitRequestLine):
        return AddressTooLongError()
    return HeadersTooLargeError() if isinstance(exc, LimitRequestHeaders) else RequestBrokenError()


def answer_of(error: ServiceError) -> bytes:
    """Return the failure envelope as a whole HTTP/1.1 response, after which the connection closes."""
    envelope = {"code": error.code, "message": error.message, "errors": error.errors, "success": False}
    body = json.dumps(envelope).encode()
    headers = {
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": len(body),
        request_ids.HEADER: request_ids.begin(),
    }
    if error.retry_after is not None:
        headers["Retry-After"] = error.retry_after
    lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def _address(client: Any) -> str:
    return str(client[0]) if isinstance(client, tuple) else ""
