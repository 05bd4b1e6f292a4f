"""A filter for Swift that checks `If-None-Match: *` when an object is stored.

Swift itself checks it before it reads the body, so that a slow PUT replaces an object that was created meanwhile.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eventlet.semaphore import Semaphore
from swift.common.exceptions import ChunkReadError
from swift.common.swob import HTTPPreconditionFailed, Request

from tools.stack.stores.swift_parts import PARTS, WsgiApp, is_gone

_LOCKS = [Semaphore() for _ in range(256)]
"""By path: of two PUTs of one object, the second is checked after the first is stored. The proxy is one process."""


class LastBytes:
    """A request's body whose last bytes arrive only if the object does not exist; Swift then stores it at once."""

    def __init__(self, body: Any, length: int, is_free: Callable[[], bool]) -> None:
        self._body = body
        self._left = length
        self._is_free = is_free
        self.is_refused = False

    def read(self, *size: int) -> bytes:
        """Raises ChunkReadError, as for a client that has gone, instead of the last bytes of a refused body."""
        piece: bytes = self._body.read(*size)
        self._left -= len(piece)
        if piece and self._left <= 0:
            self.check()
        return piece

    def check(self) -> None:
        """Raises ChunkReadError if the object exists."""
        if not self._is_free():
            self.is_refused = True
            raise ChunkReadError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def filter_factory(_global_conf: Mapping[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's entry point for the filter in the pipeline, after the S3 API and authentication."""

    def stored_once(app: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            if not is_conditional(environ):
                return app(environ, start_response)
            return _put(app, environ)(environ, start_response)

        return call

    return stored_once


def is_conditional(environ: Mapping[str, Any]) -> bool:
    """Whether a request creates an object only if there is none."""
    is_put = environ["REQUEST_METHOD"] == "PUT" and environ.get("HTTP_IF_NONE_MATCH", "").strip() == "*"
    # /v1/ACCOUNT/CONTAINER/OBJECT
    return is_put and environ["PATH_INFO"].count("/") > 3 and f"{PARTS}/" not in environ["PATH_INFO"]


def _put(app: WsgiApp, environ: dict[str, Any]) -> Any:
    """Return Swift's answer, or 412."""
    path = environ["PATH_INFO"]
    lock, length, held = _LOCKS[hash(path) % len(_LOCKS)], int(environ.get("CONTENT_LENGTH") or 0), []

    def is_free() -> bool:
        lock.acquire()
        held.append(lock)
        return is_gone(app, environ, path)

    body = LastBytes(environ["wsgi.input"], length, is_free)
    environ["wsgi.input"] = body
    try:
        if length == 0:
            body.check()
        answer = Request(environ).get_response(app)
    except ChunkReadError:
        answer = None
    finally:
        for one in held:
            one.release()
    return HTTPPreconditionFailed(request=Request(environ)) if body.is_refused else answer
