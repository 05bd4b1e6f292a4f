"""CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): which pages may send parts and call the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.admin.doctor.addresses import origin_of
from service.admin.doctor.finding import Answer, Check, Finding, Ground, fail, ok, skipped, warn
from service.admin.doctor.upload import BODY, opened, part_url
from service.routes.http.cors import SENT_HEADERS
from service.settings import ANY
from service.storage.presign import ALGORITHM_HEADER

FOREIGN = "https://foreign.invalid"
"""A page that nobody has named."""
CALL = "/api/v1/file/upload/init/"
NO_URL = "no address to try: name it with --url"
STORAGE = "Run python -m jobs.prepare; where storage has one setting for all buckets, name the origin there."
PROXY = "Name the origin in CORS_ORIGINS, and let no proxy before the API set CORS headers of its own."


def storage_lets_in(ground: Ground) -> Finding:
    """The preflight of a part, with all headers that a client of ours may send."""
    origins = pages_of_others(ground)
    if not origins:
        return ok("no page of another origin sends parts")
    checked = ground.deps.checksums.enforced()
    headers = ["content-type", *(f"x-amz-checksum-{name.lower()}" for name in sorted(checked))]
    headers += [ALGORITHM_HEADER] if checked else []
    return _at_a_part(ground, lambda url: _all_let_in(ground, url, origins, "PUT", headers, STORAGE))


def storage_shows_etags(ground: Ground) -> Finding:
    origins = pages_of_others(ground)
    if not origins:
        return ok("no page of another origin sends parts")

    def look(url: str) -> Finding:
        for origin in origins:
            told = ground.http("PUT", url, {"Origin": origin}, BODY)
            if not _admits(told, origin):
                return fail(f"pages of {origin} cannot read the answer to a part", STORAGE)
            if not _names(told, "access-control-expose-headers", ["etag"]):
                return warn(f"pages of {origin} cannot read ETag", f"Expose ETag. {STORAGE}")
        return ok(f"pages of {', '.join(origins)} can read ETag")

    return _at_a_part(ground, look)


def storage_keeps_out(ground: Ground) -> Finding:
    if ANY in ground.deps.settings.cors_origins:
        return ok("CORS_ORIGINS lets in all")
    change = "Name the pages' origins in storage's CORS setting, instead of *."

    def look(url: str) -> Finding:
        if _admits(_preflight(ground, url, FOREIGN, "PUT", []), FOREIGN):
            return warn("pages of any origin may send parts, once they have a URL", change)
        return ok("pages that nobody named may not send parts")

    return _at_a_part(ground, look)


def api_lets_in(ground: Ground) -> Finding:
    if not ground.url:
        return skipped(NO_URL)
    origins = [origin for origin in _named(ground) if origin != origin_of(ground.url)]
    if not origins:
        return ok("CORS_ORIGINS names none but its own")
    return _all_let_in(ground, ground.url + CALL, origins, "POST", list(SENT_HEADERS), PROXY)


def api_keeps_out(ground: Ground) -> Finding:
    if not ground.url:
        return skipped(NO_URL)
    if ANY in ground.deps.settings.cors_origins:
        return ok("CORS_ORIGINS lets in all")
    if _admits(_preflight(ground, ground.url + CALL, FOREIGN, "POST", []), FOREIGN):
        return fail("pages of any origin may call the API", "Let no proxy before the API set CORS headers of its own.")
    return ok("pages that nobody named may not call the API")


def pages_of_others(ground: Ground) -> list[str]:
    """The origins whose pages send parts, other than storage's own: those that are named, and the page's."""
    storage = origin_of(ground.deps.settings.s3_public_endpoint_url)
    own = [origin_of(ground.url)] if ground.url else []
    return [origin for origin in dict.fromkeys([*_named(ground), *own]) if origin != storage]


def _named(ground: Ground) -> list[str]:
    origins = ground.deps.settings.cors_origins
    return ["https://page.example" if origin == ANY else origin for origin in origins]


def _at_a_part(ground: Ground, look: Callable[[str], Finding]) -> Finding:
    with opened(ground) as (at, upload_id):
        return look(part_url(ground, at, upload_id, 1, len(BODY)))


def _all_let_in(
    ground: Ground, url: str, origins: Sequence[str], method: str, headers: Sequence[str], change: str
) -> Finding:
    for origin in origins:
        told = _preflight(ground, url, origin, method, headers)
        if not _admits(told, origin):
            return fail(f"pages of {origin} are not let in", change)
        if not _names(told, "access-control-allow-methods", [method]):
            return fail(f"pages of {origin} may not {method}", change)
        if not _names(told, "access-control-allow-headers", headers):
            return fail(f"pages of {origin} may not send {', '.join(headers)}", change)
    return ok(f"pages of {', '.join(origins)} are let in")


def _preflight(ground: Ground, url: str, origin: str, method: str, headers: Sequence[str]) -> Answer:
    asks = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asks["Access-Control-Request-Headers"] = ",".join(sorted(name.lower() for name in headers))
    return ground.http("OPTIONS", url, asks)


def _admits(told: Answer, origin: str) -> bool:
    return told.status < 300 and told.headers.get("access-control-allow-origin") in {origin, ANY}


def _names(told: Answer, header: str, wanted: Sequence[str]) -> bool:
    """Whether a list in a header has these words; `*` stands for all but Authorization."""
    words = {word.strip().lower() for word in told.headers.get(header, "").split(",")}
    return all(word.lower() in words or (ANY in words and word.lower() != "authorization") for word in wanted)


PARTS: dict[str, Check] = {
    "CORS": storage_lets_in,
    "CORS: ETag": storage_shows_etags,
    "CORS: foreign pages": storage_keeps_out,
}
CALLS: dict[str, Check] = {"CORS": api_lets_in, "CORS: foreign pages": api_keeps_out}
