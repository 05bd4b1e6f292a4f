"""Requests to storage's public address that its filter must refuse, and headers that it must drop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import botocore.session

from tests.support.live.proxies.presigned import BUCKET, download_url, one_put, part_url, presigner, target_of

PUBLIC = "longshore-public"
"""The bucket whose files need no signature."""
MARK = "4711-planted"
"""A text in the value of every header that must not arrive."""
BODY = b"body"
SIGNED = ("x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme", "x-amz-checksum-sha256")
SIGNED += ("x-amz-sdk-checksum-algorithm",)
"""S3's headers that our URLs may sign."""
PREFLIGHT = (("Origin", "https://files.example"), ("Access-Control-Request-Method", "PUT"))


class StorageRequest(NamedTuple):
    """A raw request without Host and, with a body, Content-Length. HOST: the proxy's name."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


def odd(name: str) -> str:
    """Write a header's name in an unusual letter case."""
    return "".join(letter.upper() if number % 3 else letter.lower() for number, letter in enumerate(name))


STORAGE = presigner("https://storage.example")
PART, DOWNLOAD = target_of(part_url(STORAGE)), target_of(download_url(STORAGE))
PUBLIC_FILE = f"/{PUBLIC}/k"
CHECKSUM = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="


def of_s3(location: str) -> list[str]:
    """Return names in botocore's model of S3's requests: of headers (`header`) or parameters (`querystring`)."""
    model = botocore.session.get_session().get_service_model("s3")
    names = set()
    for operation in map(model.operation_model, model.operation_names):
        members = operation.input_shape.members.values() if operation.input_shape else ()
        found = [member.serialization for member in members]
        names |= {each["name"] for each in found if each.get("location") in {location, f"{location}s"}}
        if location == "querystring":
            names |= {word.partition("=")[0] for word in operation.http["requestUri"].partition("?")[2].split("&")}
    return sorted(names - {""})


def _parameters() -> Iterator[tuple[str, StorageRequest]]:
    ours = {"partNumber", "uploadId", "versionId", "response-content-disposition", "response-content-type"}
    for name in of_s3("querystring"):
        yield f"PUT with {name}", StorageRequest("PUT", f"{PART}&{name}={MARK}", body=BODY)
        yield f"GET with {name}", StorageRequest("GET", f"{DOWNLOAD}&{name}={MARK}")
        yield f"public with {name}", StorageRequest("GET", f"{PUBLIC_FILE}?{name}={MARK}")
        if name not in ours:
            yield f"GET that begins with {name}", StorageRequest("GET", DOWNLOAD.replace("?", f"?{name}={MARK}&"))
    for target, method in ((PART, "PUT"), (DOWNLOAD, "GET")):
        path, _, query = target.partition("?")
        for pair in query.split("&"):
            name = pair.partition("=")[0]
            yield f"{name} twice ({method})", StorageRequest(method, f"{path}?{query.replace(pair, f'{pair}&{pair}')}")
            yield (
                f"{name} in other letters ({method})",
                StorageRequest(method, target.replace(f"{name}=", f"{name.swapcase()}=")),
            )
            if not name.startswith("response-"):
                without = "&".join(other for other in query.split("&") if other != pair)
                yield f"no {name} ({method})", StorageRequest(method, f"{path}?{without}")
    yield "encoded parameter", StorageRequest("PUT", PART.replace("partNumber", "%70artNumber"), body=BODY)
    for number in ("0", "10001", "01", "+1", "-1", "1.0", "", "%31", "99999"):
        yield f"part {number!r}", StorageRequest("PUT", PART.replace("partNumber=1", f"partNumber={number}"), body=BODY)


def _paths() -> Iterator[tuple[str, StorageRequest]]:
    query = DOWNLOAD.partition("?")[2]
    paths = ("minio", "minio/", "minio/health/live", "minio/admin/v3/info", "minio/v2/metrics/cluster", "MinIO/x")
    odd_ones = ("/minio/x", "%6dinio/x", "%6D%69nio/x", "minio%2Fx", "./minio/x", ".//minio/x", "%2e/minio/x")
    odd_ones += ("b/../minio/x", "b/..%2fminio/x", "b/%2e%2e/minio/x", "b/%2E./minio/x", "b\\..\\minio/x", "\\minio/x")
    odd_ones += ("b//k", "b/./k", "b/k/..", "b/k/.", "b/", "", "b/%2e%2E", "b/k%00", "b/k;x", "b/k#x", "b/k%zz", "b/ä")
    odd_ones += (f"{PUBLIC}/../b/k", f"{PUBLIC}/%2e%2e/b/k", f"{PUBLIC}%2Fk", f"{PUBLIC}/..%2Fb/k")
    for path in paths + odd_ones:
        yield f"/{path}", StorageRequest("GET", f"/{path}")
        yield f"/{path} signed", StorageRequest("GET", f"/{path}?{query}")
        yield f"PUT /{path}", StorageRequest("PUT", f"/{path}?{PART.partition('?')[2]}", body=BODY)
    yield "a bucket that begins like the public one", StorageRequest("GET", f"/{PUBLIC}x/k")
    yield "all buckets", StorageRequest("GET", "/")
    for bucket in (BUCKET, PUBLIC):
        yield f"listing {bucket}", StorageRequest("GET", f"/{bucket}")
        yield f"listing {bucket}/", StorageRequest("GET", f"/{bucket}/")
        yield f"listing {bucket} by version 2", StorageRequest("GET", f"/{bucket}?list-type=2&prefix=")
    yield "absolute minio", StorageRequest("GET", "http://HOST/minio/health/live")
    yield "absolute listing", StorageRequest("GET", f"https://HOST/{PUBLIC}")


def _methods() -> Iterator[tuple[str, StorageRequest]]:
    for method in ("POST", "DELETE", "PATCH", "COPY", "MOVE", "PROPFIND", "TRACE", "put", "get", "PUTX", "LINK"):
        for name, target in (("part", PART), ("download", DOWNLOAD), ("public", PUBLIC_FILE)):
            yield f"{method} {name}", StorageRequest(method, target)
    yield "form", StorageRequest("POST", f"/{BUCKET}", (("Content-Type", "multipart/form-data; boundary=x"),), BODY)
    yield "several deletions", StorageRequest("POST", f"/{PUBLIC}?delete", (), b"<Delete/>")
    yield "GET of a part", StorageRequest("GET", PART)
    yield "PUT of a download", StorageRequest("PUT", DOWNLOAD, body=BODY)
    yield "unsigned PUT", StorageRequest("PUT", f"/{BUCKET}/k", body=BODY)
    yield "unsigned PUT of a part", StorageRequest("PUT", PART.partition("&X-Amz-Algorithm")[0], body=BODY)
    yield "unsigned PUT, public", StorageRequest("PUT", PUBLIC_FILE, body=BODY)
    yield "PUT, public", StorageRequest("PUT", f"{PUBLIC_FILE}?{DOWNLOAD.partition('?')[2]}", body=BODY)
    yield "signed headers", StorageRequest("GET", f"/{BUCKET}/k", (("Authorization", "AWS4-HMAC-SHA256 Credential=a"),))
    for method in ("GET", "HEAD"):
        yield f"unsigned {method}", StorageRequest(method, f"/{BUCKET}/k")
        yield f"{method} public with an empty query", StorageRequest(method, f"{PUBLIC_FILE}?")
        yield f"{method} public as a page", StorageRequest(method, f"{PUBLIC_FILE}?response-content-type=text%2Fhtml")
    yield "another scheme", StorageRequest("GET", f"{DOWNLOAD.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')}")
    yield "version 2", StorageRequest("GET", f"/{BUCKET}/k?AWSAccessKeyId=a&Signature=b&Expires=9999999999")
    yield "Swift's temporary URL", StorageRequest("GET", "/v1/AUTH_a/b/k?temp_url_sig=a&temp_url_expires=9999999999")
    for missing in range(2):
        yield f"preflight without {PREFLIGHT[missing][0]}", StorageRequest("OPTIONS", PART, (PREFLIGHT[1 - missing],))
    yield "preflight of a listing", StorageRequest("OPTIONS", f"/{BUCKET}?list-type=2", PREFLIGHT)


def _headers() -> Iterator[tuple[str, StorageRequest]]:
    trailer = (
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "4"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    )
    chunks = b"4\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    for name, target in (("object", f"/{BUCKET}/k?"), ("part", PART.partition("X-Amz-Algorithm")[0])):
        yield (
            f"a trailer without a signature: {name}",
            StorageRequest("PUT", f"{target}X-Amz-Credential=a", trailer, chunks),
        )
    yield "a trailer", StorageRequest("PUT", PART, trailer, chunks)
    for value in ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "streaming-unsigned-payload-trailer", " Streaming-x"):
        yield f"{value!r}", StorageRequest("PUT", PART, ((odd("x-amz-content-sha256"), value),), BODY)
    for name in (name for name in of_s3("header") if name.startswith("x-amz-copy-source")):
        for written in (name, odd(name), name.upper()):
            yield written, StorageRequest("PUT", PART, ((written, "/b/k"),), BODY)
    twice = (("X-Amz-Copy-Source", ""), ("x-amz-copy-source", "/b/k"))
    yield "copy source twice", StorageRequest("PUT", PART, twice[::-1], BODY)


def _framing() -> Iterator[tuple[str, StorageRequest]]:
    chunked, smuggled = b"4\r\nbody\r\n0\r\n\r\n", b"0\r\n\r\nGET /minio/admin HTTP/1.1\r\nHost: x\r\n\r\n"
    trailers = f"4\r\nbody\r\n0\r\nx-amz-copy-source: {MARK}\r\n\r\n".encode()
    for value in ("chunked", "CHUNKED", "xchunked", "chunked, identity", "gzip, chunked", "identity", "\tchunked"):
        for name, body in (("PUT", chunked), ("with more behind it", smuggled)):
            yield f"{value!r} {name}", StorageRequest("PUT", PART, (("Transfer-Encoding", value),), body)
    for name in ("Transfer-Encoding ", "Content-Length "):
        yield f"{name!r}", StorageRequest("PUT", PART, ((name, "chunked"),), None)
    yield "two lengths", StorageRequest("PUT", PART, (("Content-Length", "4"), ("Content-Length", "5")), None)
    yield (
        "no length",
        StorageRequest("PUT", PART, (("Transfer-Encoding", "chunked"), ("Trailer", "x-amz-copy-source")), trailers),
    )


def _one_puts() -> Iterator[tuple[str, StorageRequest]]:
    """One PUT in another form than the service signs."""
    url, signed = one_put(STORAGE, CHECKSUM)
    target, headers = target_of(url), tuple(signed.items())
    without = tuple((name, text) for name, text in headers if name != "if-none-match")
    yield "one PUT without its condition", StorageRequest("PUT", target, without, BODY)
    for condition in ('"etag"', "*, *", ""):
        yield (
            f"one PUT if none matches {condition}",
            StorageRequest("PUT", target, (*without, ("If-None-Match", condition)), BODY),
        )
    for name in [*signed, "host", "content-length"]:
        if "checksum" not in name and not name.startswith("x-amz-meta-longshore-p"):
            changed = target.replace(name, "x-another", 1)
            yield f"one PUT that does not sign {name}", StorageRequest("PUT", changed, headers, BODY)
    for name in ("x-amz-acl", "x-amz-tagging", "x-amz-meta-other"):
        changed = target.replace("%3Bx-amz-meta-longshore-upload-id", f"%3Bx-amz-meta-longshore-upload-id%3B{name}")
        yield f"one PUT that signs {name}", StorageRequest("PUT", changed, headers, BODY)
    for parameter in ("uploadId=a", "partNumber=1", "tagging", "acl", "versionId=1"):
        yield f"one PUT with {parameter}", StorageRequest("PUT", target.replace("?", f"?{parameter}&"), headers, BODY)
        yield f"one PUT and {parameter}", StorageRequest("PUT", f"{target}&{parameter}", headers, BODY)
    for method in ("POST", "DELETE", "PATCH", "COPY"):
        yield f"{method} of one PUT", StorageRequest(method, target, headers, BODY)


REFUSED: dict[str, StorageRequest] = {
    name: request
    for group in (_parameters, _paths, _methods, _headers, _framing, _one_puts)
    for name, request in group()
}
"""Requests that must not reach storage."""

OTHERS_HEADERS = """
    Authorization Cookie X-Auth-Token X-Storage-Token X-Copy-From X-Object-Meta-A X-Delete-At X-Delete-After
    X-Object-Manifest X-Symlink-Target X-Container-Read X-Static-Large-Object X-Newest X-Http-Method-Override
    X-Http-Method X-Method-Override X-Original-Url X-Rewrite-Url Destination X-Minio-Source-Mtime
    X-Minio-Replication-Request X-Minio-Extract X-Minio-Force-Delete X-Minio-Internal X-Rgw-Quota
    X-Rgw-Fail-If-Manifest-Not-Present X-Amz-Meta-A X-Amz-Date X-Amz-Security-Token X-Amz-Content-Sha256
    X-Amz-Decoded-Content-Length X-Amz-Trailer X-Amz-Version-Id X-Goog-Copy-Source X-Forwarded-Prefix Forwarded
    X-Real-Ip Content-Encoding Content-Disposition Content-Md5 Via-X Cache-Control Expires Referer
    Accept-Language Trailer Te Proxy-Authorization X_Amz_Acl Transfer_Encoding
"""
"""Headers of other stores and protocols, and those without a name in S3's model."""


def dropped_headers() -> list[str]:
    """Names of headers that a request may have without being refused, and that must not reach storage."""
    s3 = [name for name in of_s3("header") if name.lower().startswith("x-amz-")]
    return sorted(
        {*s3, *OTHERS_HEADERS.split()} - {*SIGNED, *(name for name in s3 if name.startswith("x-amz-copy-source"))}
    )


def _browser(*headers: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    own = (("User-Agent", "Mozilla/5.0"), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate, br"))
    return (*own, ("Origin", "https://files.example"), *headers)


def allowed() -> dict[str, StorageRequest]:
    """Requests of our clients, and the headers that must reach storage with them."""
    temporary = presigner("https://storage.example", "FwoGZXIvYXdzE+/=%")
    virtual = presigner("https://storage.example", addressing_style="virtual")
    checked = target_of(part_url(STORAGE, checksum=CHECKSUM))
    algorithm, _, checksum = CHECKSUM.partition(":")
    sums = ((f"x-amz-checksum-{algorithm.lower()}", checksum), ("x-amz-sdk-checksum-algorithm", algorithm))
    asks = (*PREFLIGHT, ("Access-Control-Request-Headers", "x-amz-checksum-sha256,x-amz-sdk-checksum-algorithm"))
    conditions = (("If-Range", '"e"'), ("If-Match", '"e"'), ("If-None-Match", '"f"'))
    dates = tuple((f"If-{word}-Since", "Sat, 28 Nov 2026 21:00:00 GMT") for word in ("Modified", "Unmodified"))
    url, signed = one_put(STORAGE, CHECKSUM)
    plain_url, plain = one_put(temporary)
    asks_all = (*PREFLIGHT, ("Access-Control-Request-Headers", ",".join(signed)))
    return {
        "one PUT": StorageRequest("PUT", target_of(url), _browser(*signed.items()), BODY),
        "one PUT, temporary key": StorageRequest("PUT", target_of(plain_url), tuple(plain.items()), BODY),
        "preflight of one PUT": StorageRequest("OPTIONS", target_of(url), asks_all),
        "preflight": StorageRequest("OPTIONS", checked, asks),
        "preflight of a download": StorageRequest("OPTIONS", DOWNLOAD, PREFLIGHT),
        "browser": StorageRequest("PUT", checked, _browser(*sums, ("Content-Type", "text/plain")), BODY),
        "curl": StorageRequest("PUT", checked, (("User-Agent", "curl/8"), ("Accept", "*/*"), *sums), BODY),
        "no checksum": StorageRequest("PUT", PART, (), BODY),
        "curl, a large part": StorageRequest("PUT", PART, (("Expect", "100-continue"),), BODY),
        "no bytes": StorageRequest("PUT", target_of(part_url(STORAGE, length=0)), (), b""),
        "last part": StorageRequest("PUT", target_of(part_url(STORAGE, number=10_000)), (), BODY),
        "temporary key": StorageRequest("PUT", target_of(part_url(temporary)), (), BODY),
        "temporary key, download": StorageRequest("GET", target_of(download_url(temporary))),
        "virtual": StorageRequest("PUT", target_of(part_url(virtual)), (), BODY),
        "virtual, download": StorageRequest("GET", target_of(download_url(virtual))),
        "download": StorageRequest("GET", DOWNLOAD, _browser(("Range", "bytes=4-"), *conditions)),
        "Caddy's placeholders": StorageRequest("GET", DOWNLOAD, (("If-Match", '"{env.PATH}{http.request.host}"'),)),
        "download, by dates": StorageRequest("GET", DOWNLOAD, dates),
        "HEAD": StorageRequest("HEAD", DOWNLOAD),
        "version": StorageRequest("GET", DOWNLOAD.replace("X-Amz-Algorithm", "versionId=3%2FL4kq&X-Amz-Algorithm")),
        "adopted": StorageRequest("GET", target_of(download_url(STORAGE, "a b/ä/..x/x..;=&?#\\\"'+~%2e"))),
        "public": StorageRequest("GET", PUBLIC_FILE, _browser(("Range", "bytes=0-1"))),
        "public, HEAD": StorageRequest("HEAD", f"/{PUBLIC}/a%20b/k"),
    } | {name: StorageRequest("PUT", PART, ((name, "AAAA"),), BODY) for name in SIGNED}
