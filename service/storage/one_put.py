"""An object that one conditional PutObject creates: the headers that are signed, and how the stored object shows them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Mapping

from service.storage.multiparts import UPLOAD_ID_METADATA
from service.storage.presign import checksum_headers
from service.values import StoredObject

SHOWN_HEADERS: Mapping[str, str] = {
    # browsers send this one with `if-none-match` themselves, unless the page does
    "cache-control": "no-cache",
    "content-disposition": "attachment",
    "content-encoding": "identity",
    "content-type": "application/octet-stream",
    "expires": "Thu, 01 Jan 1970 00:00:00 GMT",
}
"""Headers that storage keeps and sends with each download. All are signed, so that a client cannot add its own: bytes
with `content-encoding: gzip` would be other bytes in a browser than those that were scanned."""
ONLY_IF_ABSENT = {"if-none-match": "*"}
"""RFC 9110, section 13.1.2: refused with 412 if the object exists."""
METADATA = "x-amz-meta-"


def put_headers(
    upload_id: str, recovery: Mapping[str, str], algorithm: str | None = None, checksum: str | None = None
) -> dict[str, str]:
    """Return the headers that are signed with the PUT and that the client must send, besides Host and Content-Length.

    recovery: metadata besides the upload's mark; checksum: base64, with its algorithm.
    """
    metadata = {UPLOAD_ID_METADATA: upload_id, **recovery}
    return {
        **SHOWN_HEADERS,
        **ONLY_IF_ABSENT,
        **{f"{METADATA}{name}": text for name, text in metadata.items()},
        **(checksum_headers(algorithm, checksum) if algorithm and checksum else {}),
    }


def unsigned_headers(stored: StoredObject) -> list[str]:
    """Return the names of the headers that the object does not have as they were signed."""
    return [name for name, text in SHOWN_HEADERS.items() if stored.headers.get(name) != text]
