"""CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): which pages may send parts and call the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from service.admin.doctor.addresses import origin_of
from service.admin.doctor.finding import Answer, Check, CheckContext, Finding, fail, ok, skipped, warn
from service.admin.doctor.storage.upload import BODY, DISPOSITION, SECONDS, TYPE, opened, part_url
from service.routes.http.cors import SENT_HEADERS
from service.settings import ANY
from service.storage.presign import ALGORITHM_HEADER
from service.values import Location

FOREIGN = "https://foreign.invalid"
"""An origin that is not in CORS_ORIGINS."""
CALL = "/api/v1/file/upload/init/"
NO_URL = "no public URL to check; give it with --url"
STORAGE = "Run python -m jobs.prepare; if storage has one setting for all buckets, add the origin there."
PROXY = "Add the origin to CORS_ORIGINS, and remove CORS headers that a proxy before the API sets."


def storage_lets_in(context: CheckContext) -> Finding:
    """Check the preflight of a part with all headers that the clients send."""
    origins = pages_of_others(context)
    if not origins:
        return ok("only pages of storage's own origin send parts")
    checked = context.deps.checksums.enforced()
    headers = ["content-type", *(f"x-amz-checksum-{name.lower()}" for name in sorted(checked))]
    headers += [ALGORITHM_HEADER] if checked else []
    return _at_a_part(context, lambda url: _all_let_in(context, url, origins, "PUT", headers, STORAGE))


def storage_shows_etags(context: CheckContext) -> Finding:
    origins = pages_of_others(context)
    if not origins:
        return ok("only pages of storage's own origin send parts")

    def look(url: str) -> Finding:
        for origin in origins:
            told = context.http("PUT", url, {"Origin": origin}, BODY)
            if not _admits(told, origin):
                return fail(f"pages of {origin} cannot read the response to a part", STORAGE)
            if not _names(told, "access-control-expose-headers", ["etag"]):
                return warn(f"pages of {origin} cannot read the ETag header", f"Expose ETag. {STORAGE}")
        return ok(f"pages of {', '.join(origins)} can read the ETag header")

    return _at_a_part(context, look)


def storage_lets_read(context: CheckContext) -> Finding:
    """Read an object by its link as pages do: for previews of texts, and for zip downloads."""
    origins = pages_of_others(context)
    if not origins:
        return ok("only pages of storage's own origin read files")
    at = Location(context.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    context.deps.storage.put(at, BODY)
    try:
        url = context.deps.presigner.sign_download(at, DISPOSITION, TYPE, SECONDS).url
        answers = {origin: context.http("GET", url, {"Origin": origin}) for origin in origins}
    finally:
        context.remove(at.bucket, at.object_key)
    if any(told.body != BODY for told in answers.values()):
        return skipped("links do not return the file")
    refused = [origin for origin, told in answers.items() if not _admits(told, origin)]
    if refused:
        change = f"Allow GET. {STORAGE} Until then, pages preview no texts and make no zip files."
        return fail(f"pages of {', '.join(refused)} cannot read files", change)
    return ok(f"pages of {', '.join(origins)} can read files")


def storage_keeps_out(context: CheckContext) -> Finding:
    if ANY in context.deps.settings.cors_origins:
        return ok("CORS_ORIGINS allows all origins")
    change = "List the pages' origins in storage's CORS setting instead of *."

    def look(url: str) -> Finding:
        if _admits(_preflight(context, url, FOREIGN, "PUT", []), FOREIGN):
            return warn("pages of any origin can send parts, if they have a URL", change)
        return ok("pages of other origins cannot send parts")

    return _at_a_part(context, look)


def api_lets_in(context: CheckContext) -> Finding:
    if not context.url:
        return skipped(NO_URL)
    origins = [origin for origin in _named(context) if origin != origin_of(context.url)]
    if not origins:
        return ok("CORS_ORIGINS contains no other origins")
    return _all_let_in(context, context.url + CALL, origins, "POST", list(SENT_HEADERS), PROXY)


def api_keeps_out(context: CheckContext) -> Finding:
    if not context.url:
        return skipped(NO_URL)
    if ANY in context.deps.settings.cors_origins:
        return ok("CORS_ORIGINS allows all origins")
    if _admits(_preflight(context, context.url + CALL, FOREIGN, "POST", []), FOREIGN):
        return fail("pages of any origin can call the API", "Remove CORS headers that a proxy before the API sets.")
    return ok("pages of other origins cannot call the API")


def pages_of_others(context: CheckContext) -> list[str]:
    """Return the origins whose pages send parts, except storage's own: CORS_ORIGINS and the page's."""
    storage = origin_of(context.deps.settings.s3_public_endpoint_url)
    own = [origin_of(context.url)] if context.url else []
    return [origin for origin in dict.fromkeys([*_named(context), *own]) if origin != storage]


def _named(context: CheckContext) -> list[str]:
    origins = context.deps.settings.cors_origins
    return ["https://page.example" if origin == ANY else origin for origin in origins]


def _at_a_part(context: CheckContext, look: Callable[[str], Finding]) -> Finding:
    with opened(context) as (at, upload_id):
        return look(part_url(context, at, upload_id, 1, len(BODY)))


def _all_let_in(
    context: CheckContext, url: str, origins: Sequence[str], method: str, headers: Sequence[str], change: str
) -> Finding:
    for origin in origins:
        told = _preflight(context, url, origin, method, headers)
        if not _admits(told, origin):
            return fail(f"pages of {origin} are not allowed", change)
        if not _names(told, "access-control-allow-methods", [method]):
            return fail(f"pages of {origin} cannot use {method}", change)
        if not _names(told, "access-control-allow-headers", headers):
            return fail(f"pages of {origin} cannot send the headers {', '.join(headers)}", change)
    return ok(f"pages of {', '.join(origins)} are allowed")


def _preflight(context: CheckContext, url: str, origin: str, method: str, headers: Sequence[str]) -> Answer:
    asks = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asks["Access-Control-Request-Headers"] = ",".join(sorted(name.lower() for name in headers))
    return context.http("OPTIONS", url, asks)


def _admits(told: Answer, origin: str) -> bool:
    return told.status < 300 and told.headers.get("access-control-allow-origin") in {origin, ANY}


def _names(told: Answer, header: str, wanted: Sequence[str]) -> bool:
    """Whether a list in a header contains all these words; `*` means all except Authorization."""
    words = {word.strip().lower() for word in told.headers.get(header, "").split(",")}
    return all(word.lower() in words or (ANY in words and word.lower() != "authorization") for word in wanted)


PARTS: dict[str, Check] = {
    "CORS": storage_lets_in,
    "CORS: ETag": storage_shows_etags,
    "CORS: downloads": storage_lets_read,
    "CORS: foreign pages": storage_keeps_out,
}
CALLS: dict[str, Check] = {"CORS": api_lets_in, "CORS: foreign pages": api_keeps_out}
