"""Storage that stores no bytes and answers at once, so that only the service's own processor time is measured.

    python tools/bench/peers/canned_storage.py PORT

It answers the calls of a file of SIZE bytes: CreateMultipartUpload, ListParts, CompleteMultipartUpload, HeadObject,
GetObject, and PutObject, whose headers the object then has.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

SIZE = 20_000
ETAG = '"9e107d9d372bb6826bd81d3542a419d6"'
HEAD = (
    "HTTP/1.1 200 OK\r\nDate: Sun, 29 Nov 2026 16:00:00 GMT\r\nx-amz-request-id: tx000001\r\nETag: {etag}\r\n"
    "Last-Modified: Sun, 29 Nov 2026 16:00:00 GMT\r\nContent-Length: {length}\r\n{more}\r\n\r\n"
)
BYTES, DOCUMENT = "Content-Type: application/octet-stream", "Content-Type: application/xml"
KEPT = ("cache-control", "content-", "expires", "x-amz-meta-")
"""How the names of the headers begin that storage keeps of a PUT."""
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{body}</{root}>'
NAMED = "<Bucket>bucket</Bucket><Key>key</Key>"
PART = (
    f"<Part><PartNumber>1</PartNumber><LastModified>2026-11-29T16:00:00.000Z</LastModified><ETag>{ETAG}</ETag>"
    f"<Size>{SIZE}</Size></Part>"
)


def kept_headers(head: str) -> str:
    """Return the headers of a PUT that its object has."""
    lines = (line for line in head.split("\r\n")[1:] if line.lower().startswith(KEPT))
    return "\r\n".join(line for line in lines if not line.lower().startswith("content-length"))


def answer(method: str, target: str, kept: str = BYTES) -> bytes:
    """Return the whole response to a request. kept: the headers that the object has."""
    if method == "HEAD" or "?" not in target:
        head = HEAD.format(etag=ETAG, more=kept, length=SIZE).encode()
        return head + (b"" if method == "HEAD" else bytes(SIZE))
    if method == "PUT":
        return HEAD.format(etag=ETAG, more=DOCUMENT, length=0).encode()
    if target.endswith("?uploads"):
        root, body = "InitiateMultipartUploadResult", f"{NAMED}<UploadId>{'u' * 40}</UploadId>"
    elif method == "POST":
        root, body = "CompleteMultipartUploadResult", f"{NAMED}<ETag>{ETAG}</ETag>"
    else:
        root, body = "ListPartsResult", f"{NAMED}<IsTruncated>false</IsTruncated>{PART}"
    text = XML.format(root=root, body=body)
    return HEAD.format(etag=ETAG, more=DOCUMENT, length=len(text)).encode() + text.encode()


async def respond(kept: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection. kept: the headers of each object of a PUT."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        method, target, _ = head.decode("latin-1").split(" ", 2)
        path = target.partition("?")[0]
        if method == "PUT":
            kept[path] = kept_headers(head.decode("latin-1"))
        writer.write(answer(method, target, kept.get(path, BYTES)))


async def serve(port: int) -> None:
    """Serve until the process ends."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # a connection that ends is no error
    async with await asyncio.start_server(partial(respond, {}), "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
