"""ICAP's messages: build requests, parse the heads of responses (RFC 3507, sections 4.3 and 4.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.scanner.clamd.replies import ScanFailedError

MAX_HEAD = 64 * 1024
"""Maximum bytes of a response's head."""
END = b"0\r\n\r\n"
"""The end of a body, or of a preview."""
_STATUS = re.compile(r"ICAP/1\.0 ([1-5][0-9]{2})(?: [^\r\n]*)?")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)")


@dataclass(frozen=True)
class Response:
    """The head of a response. headers: names in lower case; continued lines and repeated headers have "\\n" between."""

    status: int
    headers: Mapping[str, str]


def parse_response(head: bytes) -> Response:
    """Parse a head without its empty line. Raises ScanFailedError for anything but ICAP/1.0."""
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        raise ScanFailedError(f"the ICAP server answered {first[:200]!r}")
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is not None:
            name = field[1].lower()
            headers[name] = f"{headers[name]}\n{field[2].strip()}" if name in headers else field[2].strip()
        elif name and line[:1] in {" ", "\t"}:
            headers[name] += f"\n{line.strip()}"
        else:
            raise ScanFailedError(f"the ICAP server answered a head with the line {line[:200]!r}")
    return Response(int(status[1]), headers)


def options_request(uri: str, host: str) -> bytes:
    """Return the request for the service's abilities."""
    return f"OPTIONS {uri} ICAP/1.0\r\nHost: {host}\r\nUser-Agent: Longshore\r\n\r\n".encode()


def respmod_request(uri: str, host: str, size: int, preview: int | None) -> bytes:
    """Return the head of a request to scan `size` bytes, as the body of an HTTP response. preview: its bytes.

    The name and the declared type of a file do not matter, so that they cannot make the server skip it.
    """
    request = b"GET /file HTTP/1.1\r\nHost: longshore\r\n\r\n"
    response = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n".encode()
    lines = [
        f"RESPMOD {uri} ICAP/1.0",
        f"Host: {host}",
        "User-Agent: Longshore",
        "Allow: 204",
        *([] if preview is None else [f"Preview: {preview}"]),
        f"Encapsulated: req-hdr=0, res-hdr={len(request)}, res-body={len(request) + len(response)}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + request + response


def framed(length: int) -> bytes:
    """Return the line before a chunk of `length` bytes; "\\r\\n" follows them."""
    return b"%x\r\n" % length
