"""Whether one conditional PUT can replace a multipart upload: each condition is tried with the URL that a client gets.

Storage must check `if-none-match` when it stores the object, not only when the request begins: a client could otherwise
begin a slow PUT, send another one, and replace the object after its verdict by ending the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from service.errors import StorageUnavailableError
from service.storage.attacks.field import BODY, SECONDS, Field
from service.storage.attacks.sender import Answer
from service.storage.multiparts import UPLOAD_ID_METADATA
from service.storage.one_put import put_headers, unsigned_headers
from service.storage.presign import checksum_headers
from service.values import Location

Condition = Callable[[Field], bool]

MARK = "probe"
RECOVERY = {f"longshore-p{number}": f"piece-{number}" for number in range(7)}
"""As many pieces as recovery metadata can have: a page's preflight must permit all of them."""
OTHER_BODY = BODY.upper()
GZIP = {"content-encoding": "gzip"}


class Put(NamedTuple):
    """A signed PUT of one object."""

    at: Location
    url: str
    headers: Mapping[str, str]


def stored_as_signed(field: Field) -> bool:
    """An object is created, and HEAD shows the bytes' length, the headers and the metadata that were signed."""
    with field.nothing(field.private_bucket) as at:
        put = _signed(field, at)
        if not _is_taken(field.sender.send("PUT", put.url, put.headers, BODY)):
            return False
        stored = field.storage.head(at)
        if stored is None or stored.size != len(BODY) or unsigned_headers(stored):
            return False
        return stored.metadata == {UPLOAD_ID_METADATA: MARK, **RECOVERY}


def second_refused(field: Field) -> bool:
    """A second PUT with the same URL does not replace the object."""
    with field.nothing(field.private_bucket) as at:
        put = _signed(field, at)
        if not _is_taken(field.sender.send("PUT", put.url, put.headers, BODY)):
            return False
        again = field.sender.send("PUT", put.url, put.headers, OTHER_BODY)
        return not _is_taken(again) and _bytes_of(field, at) == BODY


def overlapping_refused(field: Field) -> bool:
    """A PUT that began before another one and ends after it does not replace the object."""
    with field.nothing(field.private_bucket) as at:
        put = _signed(field, at)
        with field.sender.slow_put(put.url, put.headers, OTHER_BODY) as finish:
            if _is_taken_soon(field, put):
                return not _is_taken(finish()) and _bytes_of(field, at) == BODY
            # refused (AWS), or left waiting (MinIO), while the slow one is under way: then that one counts
            if not _is_taken(finish()):
                return False
        late = field.sender.send("PUT", put.url, put.headers, BODY)
        return not _is_taken(late) and _bytes_of(field, at) == OTHER_BODY


def changes_refused(field: Field) -> bool:
    """A PUT without the condition, or with another header than the signed one, creates no object."""
    with field.nothing(field.private_bucket) as at:
        put = _signed(field, at)
        without = {name: text for name, text in put.headers.items() if name != "if-none-match"}
        for headers in (without, {**put.headers, **GZIP}):
            field.sender.send("PUT", put.url, headers, BODY)
        return field.storage.head(at) is None


def pages_permitted(field: Field) -> bool:
    """Storage's answer to a preflight permits pages to send all headers."""
    with field.nothing(field.private_bucket) as at:
        put = _signed(field, at)
        names = sorted([*put.headers, *checksum_headers("SHA256", "")])
        return all(_permits(field, put.url, origin, names) for origin in field.origins)


def _signed(field: Field, at: Location) -> Put:
    headers = put_headers(MARK, RECOVERY)
    return Put(at, field.presigner.sign_put(at, len(BODY), headers, SECONDS).url, headers)


def _is_taken(answer: Answer) -> bool:
    return answer.status == 200


def _is_taken_soon(field: Field, put: Put) -> bool:
    """Whether a PUT of BODY is taken without waiting for another one."""
    try:
        return _is_taken(field.sender.send("PUT", put.url, put.headers, BODY))
    except StorageUnavailableError:
        return False


def _bytes_of(field: Field, at: Location) -> bytes | None:
    found = field.snapshot(at)
    return found.body if found else None


def _permits(field: Field, url: str, origin: str, names: list[str]) -> bool:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(names),
    }
    answer = field.sender.send("OPTIONS", url, asked)
    allowed = {name.strip().lower() for name in answer.headers.get("access-control-allow-headers", "").split(",")}
    is_page = answer.headers.get("access-control-allow-origin") in {origin, "*"}
    return answer.status < 300 and is_page and ("*" in allowed or allowed.issuperset(names))


PAGES = "pages may send the headers (CORS)"
ONE_PUT: dict[str, Condition] = {
    "an object is stored with the signed headers": stored_as_signed,
    "a second PUT is refused": second_refused,
    "a slow PUT that overlaps another is refused": overlapping_refused,
    "a PUT with other headers is refused": changes_refused,
    PAGES: pages_permitted,
}
"""Condition → the function that returns whether it is met, or raises storage's errors if it could not be tried."""
